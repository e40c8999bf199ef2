#pragma once
// The recipients of a new message, put in order: those that go to one destination from one
// reverse-path together, at most 64 to a task.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "spool/spool.h"

namespace qmgr {

constexpr std::size_t most_in_task = 64;  // bits of spool::Task::pending

struct Arrangement {
    std::vector<spool::Recipient> recipients;
    std::vector<spool::Task> tasks;
    std::vector<std::string> destinations;  // of each task
};

/// The destination key of a recipient: destination_of(), mostly.
using KeyOf = std::function<std::string(const spool::Recipient&)>;

Arrangement arrange(std::vector<spool::Recipient> recipients, const KeyOf& key_of, std::int64_t due);

/// A bit for each of the first `count` recipients.
constexpr std::uint64_t everybody(std::size_t count) { return count >= 64 ? ~0ULL : (1ULL << count) - 1; }

}  // namespace qmgr
