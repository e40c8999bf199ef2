#include "lists/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "smtp/limits.h"
#include "smtp/path.h"
#include "text/ascii.h"

namespace lists {
namespace {

enum class Argument : std::uint8_t { None, Optional, Needed };
struct Form {
    Verb verb;
    std::string_view name;
    Argument argument;
};
constexpr auto forms = std::to_array<Form>({
    {Verb::Request, "request", Argument::None},
    {Verb::Subscribe, "subscribe", Argument::None},
    {Verb::Unsubscribe, "unsubscribe", Argument::Optional},
    {Verb::Confirm, "confirm", Argument::Needed},
    {Verb::Owner, "owner", Argument::None},
    {Verb::Bounces, "bounces", Argument::Optional},
    {Verb::Warned, "warned", Argument::Needed},
    {Verb::Probed, "probed", Argument::Needed},
    {Verb::Accept, "accept", Argument::Needed},
    {Verb::Reject, "reject", Argument::Needed},
});

bool is_atext(char c) {
    return text::is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c) || text::is_8bit(c);
}

}  // namespace

std::string_view name_of(Verb verb) {
    const auto* form = std::ranges::find(forms, verb, &Form::verb);
    return form == forms.end() ? "" : form->name;
}

std::optional<Address> parse_address(std::string_view local_part) {
    const auto plus = std::min(local_part.find('+'), local_part.size());
    const auto front = local_part.substr(0, plus);
    const auto dash = front.rfind('-');
    if (dash == std::string_view::npos || dash == 0) return std::nullopt;
    const auto* form = std::ranges::find(forms, front.substr(dash + 1), &Form::name);
    if (form == forms.end()) return std::nullopt;
    const bool has_argument = plus + 1 < local_part.size();
    if (form->argument == Argument::Needed ? !has_argument
                                           : form->argument == Argument::None && plus < local_part.size())
        return std::nullopt;
    if (!has_argument && plus < local_part.size()) return std::nullopt;  // "dev-bounces+"
    return Address{std::string(front.substr(0, dash)), form->verb,
                   has_argument ? std::string(local_part.substr(plus + 1)) : std::string()};
}

std::string to_text(const Address& address) {
    auto text = address.list;
    if (address.verb != Verb::Post) text.append("-").append(name_of(address.verb));
    if (!address.argument.empty()) text.append("+").append(address.argument);
    return text;
}

bool is_list_name(std::string_view local_part) {
    const bool is_plain = std::ranges::all_of(local_part, [](char c) {
        return text::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    });
    if (local_part.empty() || local_part.size() > longest_list_name || !is_plain) return false;
    if (!text::is_alphanumeric(local_part.front()) || !text::is_alphanumeric(local_part.back())) return false;
    if (local_part.contains("..") || local_part == "postmaster") return false;
    return !parse_address(local_part) && std::ranges::none_of(forms, [&](const Form& form) {
        return local_part.ends_with(fmt::format("-{}", form.name));
    });
}

std::string to_verp(std::string_view member, std::int64_t number, std::string_view list) {
    const auto lower = text::lower(member);
    const auto at = lower.rfind('@');
    const auto local_part = std::string_view(lower).substr(0, at);
    const auto domain = at == std::string::npos ? std::string_view() : std::string_view(lower).substr(at + 1);
    auto argument = fmt::format("{}={}", local_part, domain);
    const auto size = to_text({std::string(list), Verb::Bounces, argument}).size();
    const bool is_plain = !local_part.empty() && !domain.empty() && text::is_7bit(lower) && !domain.contains('=') &&
                          !domain.starts_with('[') && std::ranges::all_of(local_part, is_atext);
    return is_plain && size <= smtp::portable_local_part ? argument : fmt::format("={}", number);
}

std::optional<Member> parse_verp(std::string_view argument) {
    if (argument.starts_with('=')) {
        std::int64_t number = 0;
        const auto* end = argument.data() + argument.size();
        const auto [rest, error] = std::from_chars(argument.data() + 1, end, number);
        if (error != std::errc() || rest != end || number <= 0) return std::nullopt;
        return number;
    }
    const auto equals = argument.rfind('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto address = text::lower(fmt::format("{}@{}", argument.substr(0, equals), argument.substr(equals + 1)));
    if (!smtp::parse_mailbox(address, smtp::Utf8::Allowed)) return std::nullopt;
    return address;
}

}  // namespace lists
