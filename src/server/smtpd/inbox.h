#pragma once
// What smtpd (and pickup, which brings messages in the same way) hears from its neighbours. Nothing else under
// server/smtpd may be included from outside.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "directory/inbox.h"
#include "file/descriptor.h"
#include "policyd/inbox.h"
#include "smtp/reply.h"

namespace smtpd {

/// The message is on disk: say 250.
struct Committed {
    std::uint64_t ticket = 0;
    std::uint64_t id = 0;
    bool operator==(const Committed&) const = default;
};
constexpr auto fields(const Committed*) { return std::tuple{&Committed::ticket, &Committed::id}; }

/// It is not, and nothing of it is kept: say this.
struct Refused {
    std::uint64_t ticket = 0;
    smtp::Reply reply;
    bool operator==(const Refused&) const = default;
};
constexpr auto fields(const Refused*) { return std::tuple{&Refused::ticket, &Refused::reply}; }

/// Write the message here, from offset 0; then Submit names the ticket. No descriptor: there is no room (452 4.3.1).
struct BlobOpened {
    std::uint64_t ticket = 0;
    file::Descriptor file;
    file::Descriptor reading;  // the same file, for those who are to look at it and no more
    bool operator==(const BlobOpened&) const = default;
};
constexpr auto fields(const BlobOpened*) {
    return std::tuple{&BlobOpened::ticket, &BlobOpened::file, &BlobOpened::reading};
}

/// Of directory: who is not to be let in.
struct Bar {
    std::string network;  // "192.0.2.1/32"
    std::uint64_t seconds = 0;
    bool operator==(const Bar&) const = default;
};
constexpr auto fields(const Bar*) { return std::tuple{&Bar::network, &Bar::seconds}; }

/// These as well; or, anew, these and nobody else.
struct Bars {
    bool anew = false;
    std::vector<Bar> bars;
    bool operator==(const Bars&) const = default;
};
constexpr auto fields(const Bars*) { return std::tuple{&Bars::anew, &Bars::bars}; }

using FromQmgr = std::variant<Committed, Refused, BlobOpened>;
using FromDirectory = std::variant<directory::Resolved, directory::LoginStep, directory::SenderVerdict, Bars>;
using FromPolicyd = std::variant<policyd::Opinion, policyd::Judgement>;

}  // namespace smtpd
