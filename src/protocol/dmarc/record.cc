#include "dmarc/record.h"

#include <algorithm>
#include <map>

#include "dkim/tag_list.h"
#include "text/ascii.h"

namespace dmarc {
namespace {

constexpr std::size_t longest_record = 16 * 1024;

using Tags = std::map<std::string, std::string_view>;
using Problem = RecordProblem;

struct NamedValue {
    std::string name;  // lower case
    std::string_view value;
};

NamedValue split(std::string_view part) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return {};
    return {text::lower(dkim::trim_white_space(part.substr(0, equals))),
            dkim::trim_white_space(part.substr(equals + 1))};
}

// dmarc-version = "v" *WSP "=" *WSP "DMARC1", of which the value's case counts          §4.7
std::expected<Tags, Problem> read_tags(std::string_view text) {
    if (text.size() > longest_record) return std::unexpected(Problem::NotDmarc);
    Tags tags;
    bool is_first = true;
    for (const auto part : dkim::split_trimmed(text, ';')) {
        const auto [name, value] = split(part);
        if (is_first && (name != "v" || value != "DMARC1")) return std::unexpected(Problem::NotDmarc);
        is_first = false;
        if (!name.empty() && !tags.emplace(name, value).second) return std::unexpected(Problem::Repeated);
    }
    return tags;
}

std::optional<std::string_view> value_of(const Tags& tags, const char* name) {
    const auto found = tags.find(name);
    return found == tags.end() ? std::nullopt : std::optional(found->second);
}

bool is_set_to(const Tags& tags, const char* name, std::string_view value) {
    return text::equal_ignoring_case(value_of(tags, name).value_or(""), value);
}

std::optional<Policy> parse_policy(std::string_view text) {
    for (const auto policy : {Policy::None, Policy::Quarantine, Policy::Reject})
        if (text::equal_ignoring_case(text, to_text(policy))) return policy;
    return std::nullopt;
}

// "!10m" of RFC 7489 §6.2: octets, or 1024 of them, or 1024 times as many…
std::optional<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::string_view units = "kmgt";
    constexpr std::uint64_t most = std::uint64_t{1} << 60;
    unsigned shift = 0;
    if (!text.empty() && !text::is_digit(text.back())) {
        const auto unit = units.find(text::to_lower(text.back()));
        if (unit == std::string_view::npos) return std::nullopt;
        shift = 10 * static_cast<unsigned>(unit + 1);
        text.remove_suffix(1);
    }
    if (text.empty() || !std::ranges::all_of(text, text::is_digit)) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : text) number = std::min(number * 10 + static_cast<std::uint64_t>(digit - '0'), most);
    return std::max<std::uint64_t>(number > most >> shift ? most : number << shift, 1);  // 0 would be no limit
}

std::optional<ReportUri> parse_uri(std::string_view text) {
    std::uint64_t most_octets = 0;
    if (const auto mark = text.rfind('!'); mark != std::string_view::npos) {
        const auto size = parse_size(text.substr(mark + 1));
        if (!size) return std::nullopt;
        most_octets = *size;
        text = text.substr(0, mark);
    }
    const auto colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
    if (!text::is_letter(text.front()) || !std::ranges::all_of(text, text::is_graphic)) return std::nullopt;
    const bool is_mail = text::equal_ignoring_case(text.substr(0, colon), "mailto");
    if (is_mail && !text.substr(colon + 1).contains('@')) return std::nullopt;
    return ReportUri{std::string(text), most_octets};
}

std::vector<ReportUri> parse_uris(std::optional<std::string_view> list) {
    std::vector<ReportUri> uris;
    if (!list) return uris;
    for (const auto part : dkim::split_trimmed(*list, ','))
        if (auto uri = parse_uri(part); uri && uris.size() < most_report_uris) uris.push_back(*std::move(uri));
    return uris;
}

bool are_failure_options(std::string_view text) {
    return std::ranges::all_of(dkim::split_trimmed(text, ':'), [](std::string_view one) {
        return one.size() == 1 && std::string_view("01dsDS").contains(one.front());
    });
}

/// p=, sp= and np=; false where one of them is not what it should be (§4.10.1).
bool read_policies(const Tags& tags, Record& record) {
    const auto policy = parse_policy(value_of(tags, "p").value_or(""));
    const auto sp = value_of(tags, "sp"), np = value_of(tags, "np");
    if (sp) record.subdomain_policy = parse_policy(*sp);
    if (np) record.nonexistent_policy = parse_policy(*np);
    record.policy = policy.value_or(Policy::None);
    return policy && (!sp || record.subdomain_policy) && (!np || record.nonexistent_policy);
}

}  // namespace

std::string_view to_text(Policy policy) {
    switch (policy) {
        case Policy::None: return "none";
        case Policy::Quarantine: return "quarantine";
        case Policy::Reject: return "reject";
    }
    return "";
}

std::string_view describe(RecordProblem problem) {
    switch (problem) {
        case Problem::NotDmarc: return "it is no DMARC record";
        case Problem::Repeated: return "a tag stands there twice";
        case Problem::NoPolicy: return "it says no policy, and wants no reports";
    }
    return "";
}

std::expected<Record, RecordProblem> parse_record(std::string_view text) {
    const auto tags = read_tags(text);
    if (!tags) return std::unexpected(tags.error());
    Record record;
    record.aggregate_reports = parse_uris(value_of(*tags, "rua"));
    record.failure_reports = parse_uris(value_of(*tags, "ruf"));
    if (!read_policies(*tags, record)) {
        if (record.aggregate_reports.empty()) return std::unexpected(Problem::NoPolicy);
        record.policy = Policy::None;
        record.subdomain_policy = record.nonexistent_policy = std::nullopt;
    }
    if (is_set_to(*tags, "adkim", "s")) record.dkim = Alignment::Strict;
    if (is_set_to(*tags, "aspf", "s")) record.spf = Alignment::Strict;
    if (is_set_to(*tags, "psd", "y")) record.public_suffix = PublicSuffix::Yes;
    if (is_set_to(*tags, "psd", "n")) record.public_suffix = PublicSuffix::No;
    record.is_testing = is_set_to(*tags, "t", "y");
    if (const auto options = value_of(*tags, "fo"); options && are_failure_options(*options))
        record.failure_options = *options;
    return record;
}

std::optional<std::vector<ReportUri>> parse_consent(std::string_view text) {
    const auto tags = read_tags(text);
    if (!tags || tags->empty()) return std::nullopt;
    return parse_uris(value_of(*tags, "rua"));
}

}  // namespace dmarc
