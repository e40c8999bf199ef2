#include "mime/hops.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "mime/header.h"
#include "text/ascii.h"

namespace mime {
namespace {

constexpr std::size_t most_in_line = 20;
constexpr std::size_t longest_word = 255;

/// The words outside of comments; a ";" is one of its own.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    std::size_t depth = 0;
    const auto end_word = [&] {
        if (!word.empty()) words.push_back(std::exchange(word, {}).substr(0, longest_word));
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && depth > 0) {
            ++i;
        } else if (c == '(') {
            ++depth;
        } else if (c == ')' && depth > 0) {
            --depth;
        } else if (depth == 0 && (text::is_blank(c) || c == ';')) {
            end_word();
            if (c == ';') words.emplace_back(";");
        } else if (depth == 0) {
            word += c;
        }
    }
    end_word();
    return words;
}

std::string without_brackets(std::string word) {
    if (word.starts_with('<') && word.ends_with('>')) return word.substr(1, word.size() - 2);
    return word;
}

std::string utc_text(std::int64_t seconds) {
    const std::chrono::sys_seconds instant{std::chrono::seconds(seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day ymd(day);
    const auto rest = (instant - day).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(ymd.year()),
                       static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), rest / 3600,
                       rest / 60 % 60, rest % 60);
}

std::string safe(std::string_view word) {
    std::string text(word.substr(0, 64));
    std::ranges::replace_if(
        text, [](char c) { return !text::is_alphanumeric(c) && !std::string_view(".-:[]_").contains(c); }, '?');
    return text.empty() ? "?" : text;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + separator.size(), text.size()));
    }
    return parts;
}

/// What utc_text() wrote.
std::optional<std::int64_t> seconds_of(std::string_view time) {
    if (time.size() != 20 || time[10] != 'T') return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = 0;
        for (const char c : time.substr(at, length)) value = value * 10 + (text::is_digit(c) ? c - '0' : 0);
        return value;
    };
    const std::chrono::year_month_day ymd(std::chrono::year(number(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2))));
    if (!ymd.ok()) return std::nullopt;
    const auto midnight = std::chrono::sys_seconds(std::chrono::sys_days(ymd)).time_since_epoch().count();
    return midnight + (number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2);
}

}  // namespace

Hop parse_hop(std::string_view received) {
    Hop hop;
    const auto text = unfold(received);
    const auto semicolon = text.rfind(';');
    if (semicolon != std::string::npos) hop.date = parse_date(std::string_view(text).substr(semicolon + 1));
    const auto words = words_of(text);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == ";" || words[i + 1] == ";") continue;
        std::string* const place = text::equal_ignoring_case(words[i], "from")   ? &hop.from
                                   : text::equal_ignoring_case(words[i], "by")   ? &hop.by
                                   : text::equal_ignoring_case(words[i], "with") ? &hop.with
                                   : text::equal_ignoring_case(words[i], "id")   ? &hop.id
                                   : text::equal_ignoring_case(words[i], "for")  ? &hop.recipient
                                                                                 : nullptr;
        if (!place || !place->empty()) continue;
        *place = without_brackets(words[++i]);
    }
    return hop;
}

std::vector<Hop> hops_of(std::string_view header) {
    std::vector<Hop> hops;
    FieldScanner fields(header);
    while (const auto field = fields.next())
        if (field->is("Received") && hops.size() < most_hops) hops.push_back(parse_hop(field->value));
    return hops;
}

std::vector<std::string> earlier_ids(std::string_view header, std::string_view hostname) {
    std::vector<std::string> ids;
    bool was_elsewhere = false;
    std::size_t looked_at = 0;
    FieldScanner fields(header);
    while (const auto field = fields.next()) {
        if (text::starts_with_ignoring_case(field->name, "Resent-")) break;
        if (!field->is("Received") || ++looked_at > most_hops) continue;
        auto hop = parse_hop(field->value);
        if (!text::equal_ignoring_case(hop.by, hostname))
            was_elsewhere = true;
        else if (was_elsewhere && !hop.id.empty())
            ids.push_back(std::move(hop.id));
    }
    return ids;
}

std::string to_line(const std::vector<Hop>& hops) {
    std::string line;
    for (auto i = std::min(hops.size(), most_in_line); i-- > 0;) {
        const auto& hop = hops[i];
        const bool has_id = hop.id.find_first_not_of('0') != std::string::npos;  // zeros: it is not given yet
        line += fmt::format("{}{} {}{}", line.empty() ? "" : "; ", safe(hop.by.empty() ? hop.from : hop.by),
                            hop.date ? utc_text(hop.date->unix_seconds) : "?", has_id ? " " + safe(hop.id) : "");
    }
    return line;
}

std::string drawing_of(std::string_view line, std::string_view indent) {
    std::string drawing;
    std::optional<std::int64_t> before;
    for (const auto hop : split(line, "; ")) {
        const auto words = split(hop, " ");
        if (words.size() < 2) continue;
        const auto now = seconds_of(words[1]);
        const auto since = now && before ? fmt::format("{:+} s", *now - *before) : std::string();
        drawing += fmt::format("{}{} {:>8}  {}  {}{}\n", indent, drawing.empty() ? "  o" : "-->", since, words[1],
                               words[0], words.size() > 2 ? fmt::format("  ({})", words[2]) : "");
        if (now) before = now;
    }
    return drawing;
}

}  // namespace mime
