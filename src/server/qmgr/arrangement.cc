#include "qmgr/arrangement.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace qmgr {
namespace {

struct Group {
    std::string key;
    std::vector<spool::Recipient> members;
};
using Groups = std::vector<Group>;

std::string identity(const spool::Recipient& recipient) {
    std::string text = recipient.smtp.address;
    text += '\0';
    text += static_cast<char>(recipient.transport);
    text += static_cast<char>(recipient.smtp.notify);
    text += recipient.is_junk ? 'j' : ' ';
    text += recipient.target;
    return text;
}

Groups group(std::vector<spool::Recipient> recipients, const KeyOf& key_of) {
    Groups groups;
    std::unordered_map<std::string, std::size_t> known;
    std::unordered_set<std::string> seen;
    for (auto& recipient : recipients) {
        // Two aliases that lead to one person bring one copy, unless the sender asked to be told about each.
        if (!seen.insert(identity(recipient)).second) continue;
        auto key = key_of(recipient);
        // What is sent together has one reverse-path.
        const auto [at, is_new] = known.try_emplace(key + '\0' + recipient.sender, groups.size());
        if (is_new) groups.push_back({std::move(key), {}});
        groups[at->second].members.push_back(std::move(recipient));
    }
    return groups;
}

}  // namespace

Arrangement arrange(std::vector<spool::Recipient> recipients, const KeyOf& key_of, std::int64_t due) {
    Arrangement out;
    out.recipients.reserve(recipients.size());
    for (auto& [key, members] : group(std::move(recipients), key_of)) {
        // deliver takes one recipient at a time.
        const std::size_t most = key.starts_with("local:") ? 1 : most_in_task;
        for (std::size_t begin = 0; begin < members.size(); begin += most) {
            const std::size_t count = std::min(most, members.size() - begin);
            spool::Task task;
            task.first = static_cast<std::uint32_t>(out.recipients.size());
            task.count = static_cast<std::uint8_t>(count);
            task.pending = everybody(count);
            task.due = due;
            out.tasks.push_back(task);
            out.destinations.push_back(key);
            for (std::size_t i = begin; i < begin + count; ++i) out.recipients.push_back(std::move(members[i]));
        }
    }
    return out;
}

}  // namespace qmgr
