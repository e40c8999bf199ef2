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
    std::string reverse_path;     // for Return-Path
    std::int64_t arrived = 0;     // milliseconds since 1970: likewise part of the name
    std::string octets;
    file::Descriptor blob;
    std::uint64_t size = 0;
    bool operator==(const Attempt&) const = default;
};
constexpr auto fields(const Attempt*) {
    return std::tuple{&Attempt::attempt, &Attempt::message,      &Attempt::recipient,
                      &Attempt::address, &Attempt::reverse_path, &Attempt::arrived,
                      &Attempt::octets,  &Attempt::blob,         &Attempt::size};
}

using FromQmgr = std::variant<Attempt>;
using FromDirectory = std::variant<directory::Mailbox>;

}  // namespace deliver
