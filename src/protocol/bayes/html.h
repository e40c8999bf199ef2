#pragma once
// HTML as the text that a reader sees, and where its links lead. No tree is built and nothing nests: what cannot be
// understood by looking at one tag after another is taken as it stands.
//
// Hostile: comments and empty tags inside words are nothing ("V<!---->iagra" is one word), and so is text that is not
// shown: display:none, letters of no size, scripts and styles. Attributes of a tag have a most. One pass.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bayes {

struct Page {
    std::string text;                // what is shown, as it is encoded, entities as UTF-8
    std::vector<std::string> links;  // of href, src, action, background
    std::vector<std::string> marks;  // what it is made of, each once: "table", "hidden", "script"
};

Page read_html(std::string_view html);

}  // namespace bayes
