#include "qmgr/passages.h"

#include <algorithm>
#include <functional>

#include "text/ascii.h"

namespace qmgr {
namespace {

// Lists with more of them would fill the memory, and are found by other marks.
constexpr std::size_t most_recipients = 64;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

std::uint64_t hash_of(const spool::Recipient& recipient) {
    const bool is_remote = recipient.transport == spool::Transport::Relay;
    return hash_of((is_remote ? "r" : "l") + text::lower(recipient.smtp.address) + ' ' + recipient.target);
}

std::vector<std::uint64_t> hashes_of(const std::vector<spool::Recipient>& recipients) {
    std::vector<std::uint64_t> hashes;
    for (const auto& recipient : recipients) hashes.push_back(hash_of(recipient));
    std::ranges::sort(hashes);
    hashes.erase(std::ranges::unique(hashes).begin(), hashes.end());
    return hashes;
}

}  // namespace

void Passages::remember(std::size_t most) {
    most_ = most;
    while (order_.size() > most_) forget_oldest();
}

void Passages::forget_oldest() {
    known_.erase(order_.front());
    order_.pop_front();
}

void Passages::note(spool::MessageId id, std::string_view message_id, const std::vector<spool::Recipient>& recipients) {
    if (most_ == 0 || recipients.empty() || recipients.size() > most_recipients) return;
    while (order_.size() >= most_) forget_oldest();
    if (known_.emplace(id, Passage{hash_of(message_id), hashes_of(recipients)}).second) order_.push_back(id);
}

bool Passages::is_back(spool::MessageId id, std::string_view message_id,
                       const std::vector<spool::Recipient>& recipients) const {
    const auto found = known_.find(id);
    if (found == known_.end() || found->second.message_id != hash_of(message_id)) return false;
    return std::ranges::includes(hashes_of(recipients), found->second.recipients);
}

bool Passages::was_for(spool::MessageId id, const spool::Recipient& recipient) const {
    const auto found = known_.find(id);
    return found != known_.end() && std::ranges::binary_search(found->second.recipients, hash_of(recipient));
}

}  // namespace qmgr
