#include "dsn/delivery_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lang/try.h"
#include "mime/header.h"
#include "text/ascii.h"
#include "text/cursor.h"
#include "text/utf8.h"
#include "text/xtext.h"

namespace dsn {
namespace {

using Code = StatusError::Code;

constexpr std::size_t longest_value = 900;  // of one line, which may have 998 octets with its name (RFC 5322 §2.1.1)
constexpr std::size_t most_recipients = 10'000;
constexpr std::array actions{Action::Failed, Action::Delayed, Action::Delivered, Action::Relayed, Action::Expanded};

// ---- printing

// Hostile: nothing may end the line; 8-bit octets only where the form allows them, and only as UTF-8.
std::string one_line(std::string_view outside, Charset charset) {
    const bool keeps_8bit = charset == Charset::Utf8 && text::is_utf8(outside);
    std::string line(text::utf8_prefix(text::trim(outside), longest_value));
    std::ranges::replace_if(
        line, [&](char c) { return text::is_control(c) || (text::is_8bit(c) && !keeps_8bit); }, '?');
    return std::string(text::trim(line));
}

std::string field(std::string_view name, std::string_view value) {
    return value.empty() ? "" : fmt::format("{}: {}\r\n", name, value);
}

std::string date_field(std::string_view name, const std::optional<mime::Date>& date) {
    return date ? field(name, mime::to_text(*date)) : "";
}

std::string typed(std::string_view type, std::string_view value) {
    return value.empty() ? "" : fmt::format("{};{}", type, value);
}

// utf-8-enc-addr: the address itself, or with everything but plain ASCII as "\\x{…}"          RFC 6533 §3
std::string utf8_address(std::string raw, Charset charset) {
    const bool may_be_raw = charset == Charset::Utf8 || text::is_7bit(raw);
    if (may_be_raw && raw.find('\\') == std::string::npos) return raw;
    auto encoded = text::to_unitext(raw);
    if (encoded.size() <= longest_value) return encoded;
    std::ranges::replace(raw, '\\', '?');
    return one_line(raw, charset);
}

std::string address_value(std::string_view type, std::string_view address, Charset charset) {
    auto raw = one_line(address, Charset::Utf8);  // what is not UTF-8 became 7-bit
    if (!text::is_7bit(raw)) type = "utf-8";
    return typed(type, text::equal_ignoring_case(type, "utf-8") ? utf8_address(std::move(raw), charset) : raw);
}

std::string original_value(std::string_view original, Charset charset) {
    const auto semicolon = original.find(';');
    if (semicolon == std::string_view::npos) return "";
    const auto type = one_line(original.substr(0, semicolon), Charset::Ascii);
    return address_value(type, original.substr(semicolon + 1), charset);
}

// status-code = DIGIT "." 1*3DIGIT "." 1*3DIGIT          RFC 3464 §2.3.4
bool is_status(std::string_view text) {
    text::Cursor in(text);
    const auto is_number = [&] {
        const auto digits = in.take_while(text::is_digit);
        return !digits.empty() && digits.size() <= 3;
    };
    if (in.peek() != '2' && in.peek() != '4' && in.peek() != '5') return false;
    in.take_bytes(1);
    return in.take('.') && is_number() && in.take('.') && is_number() && in.at_end();
}

std::string status_value(const Recipient& recipient) {
    if (is_status(recipient.status)) return recipient.status;
    if (recipient.action == Action::Failed) return "5.0.0";
    return recipient.action == Action::Delayed ? "4.0.0" : "2.0.0";
}

// The lines of a reply become continuation lines. Hostile: an empty one would end the group.
std::string diagnostic_value(std::string_view diagnostic, Charset charset) {
    std::string value;
    while (!diagnostic.empty() && value.size() < longest_diagnostic) {
        const auto end = std::min(diagnostic.find('\n'), diagnostic.size());
        const auto room = longest_diagnostic - value.size();
        const auto line = one_line(text::utf8_prefix(diagnostic.substr(0, end), room), charset);
        if (!line.empty()) value += (value.empty() ? "" : "\r\n ") + line;
        diagnostic.remove_prefix(std::min(end + 1, diagnostic.size()));
    }
    return value;
}

std::string group(const Recipient& recipient, Charset charset) {
    const auto final_recipient = address_value("rfc822", recipient.final_recipient, charset);
    return field("Original-Recipient", original_value(recipient.original_recipient, charset)) +
           field("Final-Recipient", final_recipient.empty() ? "rfc822;?" : final_recipient) +
           field("Action", to_text(recipient.action)) + field("Status", status_value(recipient)) +
           field("Remote-MTA", typed("dns", one_line(recipient.remote_mta, charset))) +
           field("Diagnostic-Code", typed("smtp", diagnostic_value(recipient.diagnostic, charset))) +
           date_field("Last-Attempt-Date", recipient.last_attempt) +
           date_field("Will-Retry-Until", recipient.will_retry_until);
}

// ---- reading

template <typename T>
using Parsed = std::expected<T, StatusError>;

/// Fields of one group, and where it is for errors.
struct Group {
    std::size_t number = 0;
    std::string_view fields;

    std::unexpected<StatusError> fail(Code code) const { return std::unexpected(StatusError{code, number}); }
    std::string value(std::string_view name) const {
        const auto found = mime::find_field(fields, name);
        return found ? mime::unfold(found->value) : "";
    }
};

std::string after_type(std::string_view value) {
    const auto semicolon = value.find(';');
    return std::string(text::trim(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1)));
}

std::string address_of(std::string_view value) {
    auto address = after_type(value);
    const auto type = text::trim(value.substr(0, value.find(';')));
    if (!text::equal_ignoring_case(type, "utf-8")) return address;
    auto decoded = text::parse_unitext(address);
    return decoded ? *std::move(decoded) : address;
}

std::string original_of(std::string_view value) {
    const auto semicolon = value.find(';');
    if (semicolon == std::string_view::npos) return "";
    return std::string(text::trim(value.substr(0, semicolon))) + ';' + address_of(value);
}

// Continuation lines are the reply's lines again.
std::string diagnostic_of(const Group& group) {
    const auto found = mime::find_field(group.fields, "Diagnostic-Code");
    if (!found) return "";
    std::string diagnostic;
    for (auto rest = found->value; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = mime::unfold(rest.substr(0, end));
        if (!diagnostic.empty() && !line.empty()) diagnostic += '\n';
        diagnostic += line;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return after_type(diagnostic);
}

Parsed<std::optional<mime::Date>> date_of(const Group& group, std::string_view name) {
    const auto value = group.value(name);
    if (value.empty()) return std::nullopt;
    const auto date = mime::parse_date(value);
    if (!date) return group.fail(Code::BadDate);
    return date;
}

Parsed<Recipient> recipient_of(const Group& group) {
    Recipient recipient;
    recipient.original_recipient = original_of(group.value("Original-Recipient"));
    recipient.final_recipient = address_of(group.value("Final-Recipient"));
    if (recipient.final_recipient.empty()) return group.fail(Code::MissingFinalRecipient);
    const auto name = group.value("Action");
    const auto action =
        std::ranges::find_if(actions, [&](Action a) { return text::equal_ignoring_case(to_text(a), name); });
    if (action == actions.end()) return group.fail(Code::BadAction);
    recipient.action = *action;
    recipient.status = group.value("Status");
    if (!is_status(recipient.status)) return group.fail(Code::BadStatus);
    recipient.remote_mta = after_type(group.value("Remote-MTA"));
    recipient.diagnostic = diagnostic_of(group);
    recipient.last_attempt = TRY(date_of(group, "Last-Attempt-Date"));
    recipient.will_retry_until = TRY(date_of(group, "Will-Retry-Until"));
    return recipient;
}

// The next group, without the empty lines before it; empty at the end.
Group take_group(std::string_view& text, std::size_t number) {
    while (!text.empty()) {
        const auto division = mime::divide(text);
        const Group group{number, text.substr(0, division.header)};
        text.remove_prefix(division.body);
        if (!group.fields.empty()) return group;
    }
    return {number, {}};
}

}  // namespace

std::string_view to_text(Action action) {
    switch (action) {
        case Action::Failed: return "failed";
        case Action::Delayed: return "delayed";
        case Action::Delivered: return "delivered";
        case Action::Relayed: return "relayed";
        case Action::Expanded: return "expanded";
    }
    return "";
}

std::string_view describe(StatusError::Code code) {
    switch (code) {
        case Code::MissingReportingMta: return "no Reporting-MTA";
        case Code::MissingRecipient: return "no recipient";
        case Code::MissingFinalRecipient: return "no Final-Recipient";
        case Code::BadAction: return "an unknown Action";
        case Code::BadStatus: return "not a Status";
        case Code::BadDate: return "not a date";
        case Code::TooManyRecipients: return "too many recipients";
    }
    return "";
}

// delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )          RFC 3464 §2.1
std::string to_text(const Report& report, Charset charset) {
    const auto host = one_line(report.reporting_mta, charset);
    std::string text = field("Original-Envelope-Id", one_line(report.envelope_id, charset)) +
                       field("Reporting-MTA", typed("dns", host.empty() ? "localhost" : host)) +
                       date_field("Arrival-Date", report.arrival);
    for (const auto& recipient : report.recipients) text += "\r\n" + group(recipient, charset);
    return text;
}

std::expected<Report, StatusError> parse_delivery_status(std::string_view text) {
    const Group message = take_group(text, 0);
    Report report;
    report.envelope_id = message.value("Original-Envelope-Id");
    report.reporting_mta = after_type(message.value("Reporting-MTA"));
    if (report.reporting_mta.empty()) return message.fail(Code::MissingReportingMta);
    report.arrival = TRY(date_of(message, "Arrival-Date"));
    for (std::size_t number = 1;; ++number) {
        const Group group = take_group(text, number);
        if (group.fields.empty()) break;
        if (number > most_recipients) return group.fail(Code::TooManyRecipients);
        report.recipients.push_back(TRY(recipient_of(group)));
    }
    if (report.recipients.empty()) return message.fail(Code::MissingRecipient);
    return report;
}

}  // namespace dsn
