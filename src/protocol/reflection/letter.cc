#include "reflection/letter.h"

#include <fmt/format.h>

#include "mime/encode.h"
#include "mime/header.h"
#include "mime/letter.h"
#include "mime/submission.h"
#include "mime/trace.h"
#include "text/ascii.h"
#include "text/escape.h"
#include "text/utf8.h"

namespace reflection {
namespace {

std::string or_none(const std::string& text, std::string_view none) {
    return text.empty() ? std::string(none) : text::escaped(text);
}

std::string connection_text(const Connection& connection) {
    return fmt::format("address: {}, port {}\nreverse name: {}\nHELO: {}\nencryption: {}\nenvelope sender: <{}>\n",
                       ip::to_text(connection.client.unmapped()), connection.port,
                       or_none(connection.client_name, "none that leads back to the address"),
                       or_none(connection.helo, "none"), or_none(connection.tls, "none"),
                       text::escaped(connection.reverse_path));
}

std::string text_part(std::string_view report) {
    if (mime::is_plain_text(report)) {
        std::string out = "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
        mime::LineEnds ends;
        ends.convert(report, out);
        ends.finish(out);
        return out;
    }
    return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
           mime::to_quoted_printable(report);
}

}  // namespace

std::string report(std::string_view hostname, const Connection& connection, const Findings& findings,
                   std::string_view outcome) {
    auto text = fmt::format(
        "What {} saw of your message. A program wrote this.\n\nConnection\n{}\n{}\nSpam score: none yet\nSuch a "
        "message is {}\n",
        hostname, connection_text(connection), to_text(findings), text::escaped(outcome));
    if (text.size() <= longest_report) return text;
    return std::string(text::utf8_prefix(text, longest_report)) + "\n[cut here]\n";
}

std::string to_text(const Answer& answer) {
    const auto header = answer.original.substr(0, mime::divide(answer.original).header);
    const auto thread = mime::thread_of(header);
    const auto boundary = "=_" + answer.unique;
    std::string text = mime::fold_field("Date", mime::to_text(answer.date)) +
                       mime::fold_field("From", mime::author_text(answer.from)) + mime::fold_field("To", answer.to) +
                       "Subject: Report on your message\r\n" +
                       mime::fold_field("Message-ID", fmt::format("<{}@{}>", answer.unique, answer.host));
    if (!thread.in_reply_to.empty()) text += mime::fold_field("In-Reply-To", thread.in_reply_to);
    if (!thread.references.empty()) text += mime::fold_field("References", thread.references);
    text += fmt::format(
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{0}\"\r\n{1}"
        "\r\n--{0}\r\n",
        boundary, is_8bit(answer) ? "Content-Transfer-Encoding: 8bit\r\n" : "");
    text += text_part(answer.report);
    text += fmt::format("\r\n--{}\r\nContent-Type: {}\r\n{}\r\n", boundary,
                        answer.is_whole ? "message/rfc822" : "text/rfc822-headers",
                        is_8bit(answer) ? "Content-Transfer-Encoding: 8bit\r\n" : "");
    text += answer.original;
    return text + fmt::format("{}--{}--\r\n", answer.original.ends_with('\n') ? "\r\n" : "\r\n\r\n", boundary);
}

bool is_8bit(const Answer& answer) { return !text::is_7bit(answer.original); }

}  // namespace reflection
