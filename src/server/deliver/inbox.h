#pragma once
// What deliver is asked to do: put one message into one local mailbox. Nothing else under server/deliver may be
// included from outside. The answer is qmgr::AttemptDone, always exactly one for each Attempt.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "directory/inbox.h"
#include "file/descriptor.h"
#include "smtp/envelope.h"

namespace deliver {

struct Attempt {
    std::uint64_t attempt = 0;
    std::uint64_t message = 0;    // queue id: part of the Maildir name, so that a repetition is recognised
    std::uint32_t recipient = 0;  // index in the message: likewise
    std::string address;          // the recipient
    std::string target = {};      // of the alias that it is: what directory still has to say the same of; or empty
    bool is_plain = false;        // into the mailbox, whatever its owner wants
    bool is_junk = false;         // into the junk folder of the Maildir that it would go to
    std::string reverse_path;     // for Return-Path
    std::int64_t arrived = 0;     // milliseconds since 1970: likewise part of the name
    std::string octets;
    file::Descriptor blob;
    std::uint64_t size = 0;
    bool operator==(const Attempt&) const = default;
};
constexpr auto fields(const Attempt*) {
    return std::tuple{&Attempt::attempt, &Attempt::message,  &Attempt::recipient, &Attempt::address,
                      &Attempt::target,  &Attempt::is_plain, &Attempt::is_junk,   &Attempt::reverse_path,
                      &Attempt::arrived, &Attempt::octets,   &Attempt::blob,      &Attempt::size};
}

/// What came of a runner::Run.
struct Ended {
    enum class How : std::uint8_t { Exited, Killed, TookTooLong, NotStarted };
    std::uint64_t ticket = 0;
    How how = How::NotStarted;
    std::uint32_t status = 0;  // of exit, or the signal
    std::string output;        // what it said, or why it was not started: one line
    bool operator==(const Ended&) const = default;
};
constexpr auto fields(const Ended*) { return std::tuple{&Ended::ticket, &Ended::how, &Ended::status, &Ended::output}; }

using FromRunner = std::variant<Ended>;
using FromQmgr = std::variant<Attempt>;
using FromDirectory = std::variant<directory::Mailbox>;

}  // namespace deliver
