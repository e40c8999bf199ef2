#include "directory/kept_accounts.h"

#include <utility>

#include "directory/account_name.h"
#include "smtp/domain_of.h"

namespace directory {

bool KeptAccounts::serves(std::string_view name) const {
    const auto domain = smtp::domain_of(name);
    return !domain.empty() && terms_.domains.contains(domain);
}

template <typename T>
accounts::Found<T> KeptAccounts::find(Question question) {
    const auto found = kept_.find(question);
    if (found != kept_.end() && found->second.until > clock_.steady())
        return std::get<std::optional<T>>(found->second.known);
    missing_.push_back(std::move(question));
    return std::unexpected(accounts::Error{accounts::Error::Code::Busy, "it is being asked for"});
}

accounts::Found<accounts::Account> KeptAccounts::account(std::string_view address) {
    if (!serves(address)) return std::nullopt;
    return find<accounts::Account>({Question::Kind::Account, std::string(address)});
}

accounts::Found<accounts::Alias> KeptAccounts::alias(std::string_view name) {
    if (!terms_.has_aliases || !serves(name)) return std::nullopt;
    return find<accounts::Alias>({Question::Kind::Alias, std::string(name)});
}

void KeptAccounts::take(const Question& question, Known known) {
    const bool is_somebody = std::visit([](const auto& one) { return one.has_value(); }, known);
    if (kept_.size() >= terms_.most) make_room();
    kept_.insert_or_assign(question,
                           Kept{std::move(known), clock_.steady() + (is_somebody ? terms_.keep : terms_.keep_absent)});
}

/// Those who are nobody go before those who receive mail.
void KeptAccounts::make_room() {
    const auto now = clock_.steady();
    std::erase_if(kept_, [&](const auto& one) {
        const bool is_somebody = std::visit([](const auto& known) { return known.has_value(); }, one.second.known);
        return !is_somebody || one.second.until <= now;
    });
    if (kept_.size() >= terms_.most) kept_.clear();
}

}  // namespace directory
