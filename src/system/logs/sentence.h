#pragma once
// Filling in the sentences of events.h: "{key}" is the key's value, "[…]" is left out when a key in it has none.

#include <string>
#include <string_view>

namespace logs {

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
            if (!append_value_of(out, sentence.substr(i + 1, end - i - 1))) group_complete = false;
            i = end;
        } else {
            out += sentence[i];
        }
    }
}

/// Whether a sentence names the key.
constexpr bool names(std::string_view sentence, std::string_view key) {
    for (std::size_t at = sentence.find('{'); at != std::string_view::npos; at = sentence.find('{', at + 1))
        if (sentence.substr(at + 1).starts_with(key) && sentence.substr(at + 1 + key.size()).starts_with('}'))
            return true;
    return false;
}

/// Keys that only programs need: they stay out of sentences.
constexpr bool is_bookkeeping(std::string_view key) {
    return key == "attempt" || key == "recipient" || key == "transport" || key == "port" || key == "process" ||
           key == "severity";
}

}  // namespace logs
