#include "vacation/away.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "mime/header.h"
#include "text/ascii.h"

namespace vacation {
namespace {

constexpr std::int64_t latest = 253'402'300'799;  // the last second of the year 9999
constexpr std::int64_t most_days = 365;
constexpr std::size_t most_own = 100;

std::int64_t number(const std::string& text, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && rest == end && value >= least && value <= most ? value : otherwise;
}

/// One line, without blanks at its ends.
std::string line(std::string_view text) {
    std::string clean(text);
    std::ranges::replace_if(clean, text::is_control, ' ');
    return std::string(text::trim(clean));
}

}  // namespace

std::string to_text(const Away& away) {
    std::string text;
    if (const auto subject = line(away.subject); !subject.empty()) text += fmt::format("Subject: {}\n", subject);
    text += fmt::format("Since: {}\nUntil: {}\nDays: {}\n", away.since, away.until, away.days);
    for (const auto& address : away.addresses)
        if (const auto clean = line(address); !clean.empty()) text += fmt::format("Address: {}\n", clean);
    return text + "\n" + away.text;
}

Away parse_away(std::string_view file) {
    Away away;
    mime::FieldScanner fields(file);
    while (const auto field = fields.next()) {
        const auto value = mime::unfold(field->value);
        if (field->is("Subject")) away.subject = line(value);
        if (field->is("Since")) away.since = number(value, 0, latest, latest);
        if (field->is("Until")) away.until = number(value, 0, latest, 1);
        if (field->is("Days")) away.days = number(value, 1, most_days, away.days);
        if (field->is("Address") && away.addresses.size() < most_own)
            if (auto address = line(value); !address.empty()) away.addresses.push_back(std::move(address));
    }
    const auto division = mime::divide(file);
    if (division.has_empty_line) away.text = file.substr(division.body);
    return away;
}

Notice notice_of(const Away& away, const std::string& address) {
    Notice notice{.text = away.text, .subject = away.subject, .from = {{}, address}, .own = away.addresses};
    notice.own.push_back(address);
    return notice;
}

}  // namespace vacation
