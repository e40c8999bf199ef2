#include "dns/trust_anchor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "dns/name.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/hex.h"

namespace dns {
namespace {

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
    Words words;
    line = line.substr(0, line.find(';'));
    while (!line.empty()) {
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        if (end > 0) words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

bool is_number(std::string_view word, unsigned most) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size() && number <= most;
}

std::string joined(const Words& words, std::size_t first) {
    std::string text;
    for (std::size_t i = first; i < words.size(); ++i) text += words[i];
    return text;
}

bool is_anchor(const Words& words) {
    if (words.empty() || !parse_name(words[0])) return false;
    std::size_t i = 1;
    while (i < words.size() && (is_number(words[i], 0x7fff'ffff) || text::equal_ignoring_case(words[i], "IN"))) ++i;
    if (words.size() < i + 5 || !is_number(words[i + 1], 65'535) || !is_number(words[i + 2], 255) ||
        !is_number(words[i + 3], 255))
        return false;
    const auto data = joined(words, i + 4);
    if (text::equal_ignoring_case(words[i], "DS")) return text::parse_hex(data).has_value();
    return text::equal_ignoring_case(words[i], "DNSKEY") && text::parse_base64(data).has_value();
}

}  // namespace

std::string trust_anchors_flaw(std::string_view text) {
    bool has_any = false;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto words = words_of(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (words.empty()) continue;
        if (!is_anchor(words)) return fmt::format("line {} is no DS or DNSKEY record", line);
        has_any = true;
    }
    return has_any ? "" : "there is no DS or DNSKEY record in it";
}

}  // namespace dns
