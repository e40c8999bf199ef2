#pragma once
// A program as its user: a keeper, who has become the user, starts it in a session of its own, waits for it, and takes
// whatever it left behind along when he ends. The keeper ends as the program did.
//
// Hostile: the program is its user's, and so is the keeper; both may be stopped or killed by him. What he gets loose
// from the keeper falls to runner, who kills it.

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "file/descriptor.h"
#include "runner/inbox.h"

namespace runner {

struct Limits {
    std::chrono::seconds time{300};
    std::uint64_t memory = 0;     // octets
    std::uint32_t processes = 0;  // of the user
};

struct Started {
    std::int64_t keeper = 0;  // also the number of the session
    file::Descriptor output;  // what it prints
};

/// `becomes_user`: started by root; else all programs are our own. `words`: the program and its arguments, in place of
/// the command's.
std::expected<Started, std::string> start(const Run& order, const Limits& limits, bool becomes_user,
                                          const std::vector<std::string>& words = {});

}  // namespace runner
