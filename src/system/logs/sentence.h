#pragma once
// Filling in the sentences of events.h: "{key}" is the key's value, "{key|message}" a number of things, and "[…]" is
// left out when a key in it has none.

#include <string>
#include <string_view>

namespace logs {

inline void append_noun(std::string& out, std::string_view noun, bool is_one) {
    out += ' ';
    out += noun;
    if (!is_one) out += 's';
}

/// Appends a key's value; false (and nothing appended) where it is missing or empty.
template <typename Append>
void fill_in(std::string& out, std::string_view sentence, Append append_value_of) {
    std::size_t group_start = std::string::npos;
    bool group_complete = true;
    for (std::size_t i = 0; i < sentence.size(); ++i) {
        if (sentence[i] == '[') {
            group_start = out.size();
            group_complete = true;
        } else if (sentence[i] == ']') {
            if (!group_complete) out.resize(group_start);
            group_start = std::string::npos;
        } else if (sentence[i] == '{') {
            const std::size_t end = sentence.find('}', i);
            const std::string_view slot = sentence.substr(i + 1, end - i - 1);
            const std::size_t start = out.size();
            const std::size_t bar = slot.find('|');
            if (!append_value_of(out, slot.substr(0, bar))) group_complete = false;
            if (bar != std::string_view::npos)
                append_noun(out, slot.substr(bar + 1), std::string_view(out).substr(start) == "1");
            i = end;
        } else {
            out += sentence[i];
        }
    }
}

/// Whether a sentence names the key.
constexpr bool names(std::string_view sentence, std::string_view key) {
    for (std::size_t at = sentence.find('{'); at != std::string_view::npos; at = sentence.find('{', at + 1))
        if (sentence.substr(at + 1).starts_with(key)) {
            const std::string_view rest = sentence.substr(at + 1 + key.size());
            if (rest.starts_with('}') || rest.starts_with('|')) return true;
        }
    return false;
}

/// Keys that only programs need: they stay out of sentences.
constexpr bool is_bookkeeping(std::string_view key) {
    return key == "attempt" || key == "recipient" || key == "transport" || key == "port" || key == "process" ||
           key == "severity";
}

}  // namespace logs
