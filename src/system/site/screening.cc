#include "site/screening.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/node.h"
#include "dns/name.h"
#include "screening/address_in_name.h"
#include "screening/dns_list.h"
#include "smtp/path.h"
#include "text/ascii.h"

namespace site {
namespace {

template <typename Visit>
bool any_stage(const Screening& set, Visit is) {
    return is(set.no_name) || is(set.unresolved_name) || is(set.unconfirmed_name) || is(set.address_in_name) ||
           is(set.helo_is_ours) || is(set.helo_is_no_name) || is(set.sender_domain) ||
           std::ranges::any_of(set.lists, is);
}

}  // namespace

bool is_on(const Screening& screening) {
    return any_stage(screening, [](const ScreeningStage& stage) { return stage.action != ScreeningAction::Off; });
}

bool refuses(const Screening& screening) {
    const bool counts = screening.reject_at > 0 || std::ranges::any_of(screening.domains, [](const auto& one) {
                            return one.second.reject_at > 0;
                        });
    return any_stage(screening, [&](const ScreeningStage& stage) {
        return stage.action >= ScreeningAction::Defer || (stage.action == ScreeningAction::Score && counts);
    });
}

ScreeningWeight weight_for(const Screening& screening, std::string_view local_part, std::string_view domain) {
    const auto is_it = [&](std::string_view one) {
        const auto at = one.rfind('@');
        return text::equal_ignoring_case(one.substr(at + 1), domain) &&
               (at == 0 || text::equal_ignoring_case(one.substr(0, at), local_part));
    };
    const auto* const own = entry_for(screening.domains, domain);
    return {.is_exempt = text::equal_ignoring_case(local_part, "postmaster") ||
                         std::ranges::any_of(screening.exempt_recipients, is_it),
            .reject_at = own ? own->reject_at : screening.reject_at};
}

std::string list_zone_flaw(const std::string& zone) {
    return dns::parse_name(zone).value_or(dns::Name()).is_root() ? "write a domain: \"list.example.org\"" : "";
}

std::string screening_list_flaw(const ScreeningList& list) {
    for (const auto& answer : list.answers)
        if (!screening::parse_answer_pattern(answer))
            return fmt::format("{}: {} is neither an address, nor two with \"-\" or \"&\" between them, nor a network",
                               list.zone, config::toml_string(answer));
    if (list.allows && list.action == ScreeningAction::Off)
        return fmt::format("{}: a list that allows needs action = \"record\", or it is not asked", list.zone);
    return {};
}

std::string screening_lists_flaw(const std::vector<ScreeningList>& lists) {
    constexpr std::size_t most = 32;
    if (lists.size() > most) return fmt::format("more than {} lists", most);
    for (const auto& list : lists)
        if (auto flaw = screening_list_flaw(list); !flaw.empty()) return flaw;
    return {};
}

std::string screening_recipients_flaw(const std::vector<std::string>& recipients) {
    for (const auto& one : recipients) {
        const auto address = one.starts_with('@') ? "x" + one : one;
        if (!smtp::parse_mailbox(address, smtp::Utf8::Refused))
            return fmt::format("{} is neither an address nor \"@\" and a domain", config::toml_string(one));
    }
    return {};
}

std::string keywords_flaw(const std::vector<std::string>& keywords) {
    for (const auto& one : keywords)
        if (screening::parse_keyword(one).words.empty()) return "a keyword is empty";
    return {};
}

}  // namespace site
