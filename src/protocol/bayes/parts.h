#pragma once
// A message in its parts, in one pass over its lines: a header, and what belongs to it. RFC 2046 §5.1.
//
// Hostile: parts nest no deeper than deepest_part, whose bodies are taken as they stand, and have a most. Boundaries
// that begin alike, have no end, or are a megabyte long cost no more than others. Tolerant, as mail programs are: a
// body without its boundary is text.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "mime/header.h"

namespace bayes {

constexpr std::size_t deepest_part = 16;
constexpr std::size_t most_parts = 500;

struct Part {
    std::string_view header;
    std::string_view body;  // as it is encoded; of a multipart, nothing
    std::string type;       // "text/plain", lower case; what is not said is that
    std::string charset;    // as it is said
    std::string encoding;   // of the transfer, lower case
    std::string file_name;
    bool is_first = true;  // the message itself
};

void for_each_part(std::string_view message, const std::function<void(const Part&)>& take);

}  // namespace bayes
