#include "directory/allowance.h"

#include <algorithm>
#include <chrono>

namespace directory {
namespace {

constexpr std::size_t many_accounts = 100'000;

smtp::Reply too_many_messages() { return {450, "4.7.1", "You have sent too many messages in the last hour"}; }

}  // namespace

/// What was used an hour ago is free again, bit by bit.
Allowance::Used Allowance::used(const std::string& account, clocks::Steady now) const {
    const auto found = used_.find(account);
    if (found == used_.end()) return {.at = now};
    auto left = found->second;
    const double hours = std::chrono::duration<double, std::ratio<3600>>(now - left.at).count();
    left.messages = std::max(0.0, left.messages - hours * messages_);
    left.recipients = std::max(0.0, left.recipients - hours * recipients_);
    left.at = now;
    return left;
}

smtp::Reply Allowance::look(const std::string& account, clocks::Steady now) const {
    if (messages_ > 0 && used(account, now).messages + 1 > messages_) return too_many_messages();
    return {250, "2.1.0", "Sender ok"};
}

smtp::Reply Allowance::take(const std::string& account, std::uint32_t recipients, clocks::Steady now) {
    auto left = used(account, now);
    left.messages += 1;
    left.recipients += recipients;
    if (messages_ > 0 && left.messages > messages_) return too_many_messages();
    if (recipients_ > 0 && left.recipients > recipients_)
        return {452, "4.7.1", "Too many recipients in the last hour, with those of this message"};
    if (used_.size() >= many_accounts)
        std::erase_if(used_, [&](const auto& one) { return now - one.second.at > std::chrono::hours(1); });
    used_[account] = left;
    return {250, "2.1.0", "Sender ok"};
}

}  // namespace directory
