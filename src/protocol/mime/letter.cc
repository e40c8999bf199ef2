#include "mime/letter.h"

#include <algorithm>

#include "mime/encode.h"
#include "mime/header.h"
#include "mime/submission.h"
#include "mime/trace.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace mime {
namespace {

constexpr std::size_t longest_references = 2000;
constexpr std::size_t longest_subject = 400;

std::string field(std::string_view name, std::string_view value) {
    return value.empty() ? std::string() : fold_field(name, value);
}

std::string with_line_ends(std::string_view body) {
    LineEnds ends;
    std::string out;
    ends.convert(body, out);
    ends.finish(out);
    return out;
}

/// One msg-id, or several between blanks; nothing where anything else stands there.
bool are_message_ids(std::string_view text) {
    while (!(text = text::trim(text)).empty()) {
        const auto end = text.find('>');
        if (text.front() != '<' || end == std::string_view::npos) return false;
        const auto inside = text.substr(1, end - 1);
        if (!std::ranges::all_of(inside, [](char c) { return text::is_graphic(c) && c != '<'; })) return false;
        if (inside.find('@') == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
    }
    return true;
}

std::string ids_in(std::string_view header, std::string_view name) {
    const auto field = find_field(header, name);
    if (!field) return {};
    auto value = unfold(field->value);
    return value.size() <= longest_references && are_message_ids(value) ? value : std::string();
}

}  // namespace

std::string to_text(const Letter& letter) {
    const bool is_plain = is_plain_text(letter.body);
    std::string text = field("Date", to_text(letter.date)) + field("From", author_text(letter.from)) +
                       field("To", letter.to) + field("Reply-To", letter.reply_to) +
                       field("Subject", to_encoded_words(letter.subject)) +
                       field("Message-ID", "<" + letter.message_id + ">") + field("In-Reply-To", letter.in_reply_to) +
                       field("References", letter.references) + field("Auto-Submitted", letter.auto_submitted);
    for (const auto& more : letter.more_fields) text += more;
    text += "MIME-Version: 1.0\r\n";
    // RFC 1428 §3: eight bits of which nobody can say what they mean.
    const std::string_view charset = is_plain ? "us-ascii" : text::is_utf8(letter.body) ? "utf-8" : "unknown-8bit";
    text.append("Content-Type: text/plain; charset=").append(charset).append("\r\n");
    text +=
        is_plain ? "Content-Transfer-Encoding: 7bit\r\n\r\n" : "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    return text + (is_plain ? with_line_ends(letter.body) : to_quoted_printable(letter.body));
}

// RFC 5322 §3.6.4: the original's References and Message-ID; its In-Reply-To where there are no References.
Thread thread_of(std::string_view header) {
    Thread thread{
        .in_reply_to = ids_in(header, "Message-ID"), .references = ids_in(header, "References"), .subject = {}};
    if (thread.references.empty()) {
        const auto before = ids_in(header, "In-Reply-To");
        if (std::ranges::count(before, '<') == 1) thread.references = before;
    }
    if (!thread.in_reply_to.empty()) thread.references += (thread.references.empty() ? "" : " ") + thread.in_reply_to;
    if (const auto subject = find_field(header, "Subject"))
        thread.subject = text::utf8_prefix(unfold(subject->value), longest_subject);
    return thread;
}

}  // namespace mime
