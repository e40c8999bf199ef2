#pragma once
// A worker process: a child that has become the owner of mailboxes, and can never be anybody else again.
//
// It is a fork without exec: what it may reach is what stays open, a few directories and a socket. Its parent's end of
// the socket closed means: nothing more to do. It dies with its parent. What it may do as its owner is fenced further
// by the work it is given (deliver/fence.h, reader/fence.h).

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>

#include "file/descriptor.h"
#include "owner/owner.h"

namespace owner {

struct Birth {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool becomes_owner = false;          // started by root; otherwise it stays who we are
    std::span<const int> kept{};         // descriptors that stay open, up to five; -1: none in this place
    std::string_view called = "worker";  // in what it says when it cannot begin
};

struct Started {
    std::int64_t pid = 0;
    file::Descriptor socket;
};

/// In the child: the other end of the socket, and `kept` in the same order under their new numbers. Never returns.
using Work = std::function<void(int socket, std::span<const int> kept)>;

/// Forks. What cannot be done after the fork (the owner's limits are exhausted…) shows as a worker that ends at once.
std::expected<Started, std::string> start_worker(const Birth& birth, const Work& work);

}  // namespace owner
