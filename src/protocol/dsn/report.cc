#include "dsn/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "dsn/delivery_status.h"
#include "dsn/explanation.h"
#include "lang/verify.h"
#include "mime/content_type.h"
#include "mime/submission.h"
#include "mime/trace.h"
#include "text/ascii.h"

namespace dsn {
namespace {

bool is_international(const Report& report) {
    return std::ranges::any_of(report.recipients, [](const Recipient& r) {
        return !text::is_7bit(r.final_recipient) || !text::is_7bit(r.original_recipient) ||
               !text::is_7bit(r.diagnostic);
    });
}

std::string encoding_field(bool is_8bit) { return is_8bit ? "Content-Transfer-Encoding: 8bit\r\n" : ""; }

std::string part(const Writing& writing, std::string_view type, bool is_8bit) {
    return fmt::format("--{}\r\nContent-Type: {}\r\n{}\r\n", writing.boundary, type, encoding_field(is_8bit));
}

std::string message_header(const Report& report, const Writing& writing, bool is_8bit) {
    return mime::fold_field("From", "Mail Delivery System <MAILER-DAEMON@" + report.reporting_mta + ">") +
           mime::fold_field("To", "<" + writing.to + ">") + mime::fold_field("Subject", subject(report)) +
           mime::fold_field("Date", mime::to_text(writing.date)) +
           mime::fold_field("Message-ID", "<" + writing.message_id + ">") +
           "Auto-Submitted: auto-replied\r\n"  // RFC 3834 §5
           "MIME-Version: 1.0\r\n"
           "Content-Type: multipart/report; report-type=delivery-status;\r\n" +
           fmt::format(" boundary=\"{}\"\r\n", writing.boundary) + encoding_field(is_8bit) + "\r\n";
}

std::string explanation_part(const Report& report, const Writing& writing) {
    const auto words = explanation(report);
    const bool is_8bit = !text::is_7bit(words);
    return part(writing, is_8bit ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii", is_8bit) + words +
           "\r\n";
}

std::string status_part(const Report& report, const Writing& writing) {
    const bool is_global = writing.smtputf8 && is_international(report);
    return part(writing, is_global ? "message/global-delivery-status" : "message/delivery-status", is_global) +
           to_text(report, is_global ? Charset::Utf8 : Charset::Ascii) + "\r\n";
}

std::string_view original_type(const Writing& writing, bool is_whole) {
    const bool is_global = writing.smtputf8 && !text::is_7bit(writing.original_header);  // RFC 6533 §6
    if (is_global) return is_whole ? "message/global" : "message/global-headers";
    return is_whole ? "message/rfc822" : "text/rfc822-headers";
}

}  // namespace

bool contains_boundary(std::string_view text, std::string_view boundary) {
    return text.find("--" + std::string(boundary)) != std::string_view::npos;
}

Notification write(const Report& report, const Writing& writing) {
    VERIFY(mime::is_boundary(writing.boundary) && mime::is_token(writing.boundary));
    VERIFY(!writing.to.empty());  // RFC 5321 §4.5.5: nobody reports to the null reverse-path
    Notification notification;
    notification.takes_original = writing.wants_whole_original && writing.original_size <= writing.most_original;
    const bool original_8bit =
        !text::is_7bit(writing.original_header) || (notification.takes_original && writing.original_is_8bit);
    auto parts = explanation_part(report, writing) + status_part(report, writing);
    parts += part(writing, original_type(writing, notification.takes_original), original_8bit);
    if (!notification.takes_original) {
        mime::LineEnds line_ends;
        line_ends.convert(writing.original_header, parts);
        line_ends.finish(parts);
    }
    notification.needs_smtputf8 = !text::is_7bit(writing.to);
    notification.needs_8bit = original_8bit || !text::is_7bit(parts) || notification.needs_smtputf8;
    notification.prefix = message_header(report, writing, notification.needs_8bit) + parts;
    notification.suffix = fmt::format("\r\n--{}--\r\n", writing.boundary);
    return notification;
}

}  // namespace dsn
