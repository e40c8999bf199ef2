#include "lists/subject.h"

#include <algorithm>

#include "lists/settings.h"
#include "mime/decode.h"
#include "mime/encode.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "text/ascii.h"

namespace lists {
namespace {

constexpr std::size_t longest_line = 78;           // RFC 5322 §2.1.1
constexpr std::size_t most_looked_at = 16 * 1024;  // Hostile: a subject of megabytes

/// For comparison: what a reader sees, with one blank for each run of them.
std::string plain(std::string_view text) {
    std::string plain;
    for (const char c : text) {
        if (!text::is_blank(c))
            plain += text::to_lower(c);
        else if (!plain.ends_with(' '))
            plain += ' ';
    }
    return plain;
}

bool has_prefix(std::string_view value, std::string_view prefix) {
    const auto subject = mime::decode_words(mime::unfold(value.substr(0, most_looked_at)));
    return plain(subject.text).contains(plain(prefix));
}

std::string_view line_end_of(std::string_view whole) {
    if (whole.ends_with("\r\n")) return "\r\n";
    return whole.ends_with('\n') ? "\n" : "";
}

/// The prefix in front of a value, or alone where there is none.
std::string with_prefix(const mime::Field& field, std::string_view prefix) {
    const auto end = line_end_of(field.whole);
    const auto text = mime::unfold(field.value);
    auto words = mime::to_encoded_words(prefix);
    // Blanks between two encoded words are not seen (RFC 2047 §6.2).
    if (words.starts_with("=?") && text.starts_with("=?")) words = mime::to_encoded_words(std::string(prefix) + ' ');
    auto line = std::string(field.name) + ": " + words;
    if (text.empty()) return line.append(end);
    const auto rest = field.value.substr(std::min(field.value.find_first_not_of(" \t"), field.value.size()));
    const auto first = rest.substr(0, rest.find_first_of("\r\n"));
    if (!first.empty() && line.size() + 1 + first.size() > longest_line) line += end.empty() ? "\r\n" : end;
    if (!first.empty()) line += ' ';
    return line.append(rest).append(end);
}

}  // namespace

bool add_subject_prefix(std::string& message, std::string_view prefix) {
    if (prefix.empty() || !is_subject_prefix(prefix)) return false;
    if (const auto field = mime::find_field(message, "Subject")) {
        if (has_prefix(field->value, prefix)) return false;
        const auto offset = field->offset, length = field->whole.size();
        message.replace(offset, length, with_prefix(*field, prefix));
        return true;
    }
    const auto header = mime::divide(message).header;
    auto field = mime::fold_field("Subject", mime::to_encoded_words(prefix));
    if (header > 0 && message[header - 1] != '\n') field.insert(0, "\r\n");
    message.insert(header, field);
    return true;
}

}  // namespace lists
