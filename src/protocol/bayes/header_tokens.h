#pragma once
// The tokens of a header.

#include <string_view>

#include "bayes/collector.h"

namespace bayes {

/// `prefix`: "" for the message's own, else of messages within.
void add_header(Collector& into, std::string_view header);

/// Words with their pairs.
void add_text(Collector& into, std::string_view prefix, std::string_view text);

/// Where a link leads: "url:www.example.com", "url:example.com", words of the path.
void add_link(Collector& into, std::string_view link);

/// A field that stays the same from a message's sender to its folder, and is its own.
bool identifies(std::string_view name);

}  // namespace bayes
