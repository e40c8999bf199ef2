#pragma once
// The way into a mailbox, one directory after the other, each held open: nobody can exchange what was checked for
// something else. Runs in a worker, as the owner.
//
// Hostile: users own their homes and may put symbolic links, pipes, devices and other people's files where mail is to
// go. No link is followed below the home, and what is not the owner's alone is not written to (as qmail has it).

#include <cstdint>
#include <expected>
#include <string>

#include "file/descriptor.h"
#include "owner/owner.h"

namespace owner {

struct Obstacle {
    enum class Kind : std::uint8_t {
        NoHome,  // missing or not reachable
        Unsafe,  // owner, permissions or kind of a file are not as they must be
        Failed,  // a call failed
    };
    Kind kind = Kind::Failed;
    std::string detail;
};
template <typename T>
using Way = std::expected<T, Obstacle>;

enum class Missing : std::uint8_t { IsAnObstacle, IsMade };  // with mode 0700

/// Opens a home below `base`. Above it there may be links, which only administrators can have made. Virtual homes are
/// made where missing.
Way<file::Descriptor> open_home(int base, const std::string& home, Base kind, std::uint32_t owner);

/// Opens `path` below an open directory; makes what is missing.
Way<file::Descriptor> open_below(int directory, const std::string& path, std::uint32_t owner);

/// Before a Maildir is written: tmp, new and cur are absent or directories of the owner's.
Way<void> check_maildir(int maildir, std::uint32_t owner);

/// Before an mbox is written: absent, or a file of the owner's with one name.
Way<void> check_mbox(int directory, const std::string& name, std::uint32_t owner);

}  // namespace owner
