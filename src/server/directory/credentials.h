#pragma once
// What is kept of people's passwords, wherever that is: a seam between the exchanges and the sources (the directory's
// database, other servers). Calls may block; each checker thread has a Credentials of its own.
//
// Hostile: names are whatever a client wrote (prepared, RFC 4013). A name that nobody has must cost what a wrong
// password costs.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "directory/inbox.h"
#include "directory/users.h"
#include "sasl/scram.h"

namespace directory {

/// Who a user is here.
struct Identity {
    std::string account;      // "ann@virtual.example", or the user "ann"
    std::string address;      // where its mailbox is found
    std::uint64_t stamp = 0;  // another one once the password has changed
    bool operator==(const Identity&) const = default;
};

class Credentials {
public:
    /// Unavailable: ask later. None: nobody, or nobody who may.
    template <typename T>
    using Looked = std::expected<std::optional<T>, Unavailable>;

    virtual ~Credentials() = default;

    /// Whether it is for this source to say who the user is: he has an account here, be it disabled.
    virtual std::expected<bool, Unavailable> knows(std::string_view user) = 0;
    /// None: no such user, a wrong password, or one that is not for this purpose; all at the same cost.
    virtual Looked<Identity> check(std::string_view user, std::string_view password, Purpose purpose) = 0;
    /// Without a password: who is it, if he may log in for this at all?
    virtual Looked<Identity> identify(std::string_view user, Purpose purpose) = 0;
    /// None: there is no such user, or none with such keys.
    virtual Looked<sasl::ScramKeys> scram_keys(std::string_view user, crypto::Digest digest, Purpose purpose) = 0;
    /// The password itself, where an account keeps it (CRAM-MD5, APOP).
    virtual Looked<std::string> secret(std::string_view user, Purpose purpose) = 0;
};

}  // namespace directory
