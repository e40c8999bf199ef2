#pragma once
// What tokend is asked by directory: what only the issuer of a token can say. Nothing else under server/tokend may be
// included from outside. The answers are directory::KeysRenewed and directory::Introspected, exactly one for each
// question; keys come by themselves, as directory::TokenKeys.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "directory/inbox.h"

namespace tokend {

/// A token names a key that is none of those known: has the issuer others by now?
struct RenewKeys {
    std::uint64_t ticket = 0;
    bool operator==(const RenewKeys&) const = default;
};
constexpr auto fields(const RenewKeys*) { return std::tuple{&RenewKeys::ticket}; }

/// What does the issuer say of this token (RFC 7662)?
struct Introspect {
    std::uint64_t ticket = 0;
    std::string token;
    bool operator==(const Introspect&) const = default;
};
constexpr auto fields(const Introspect*) { return std::tuple{&Introspect::ticket, &Introspect::token}; }

using FromDirectory = std::variant<RenewKeys, Introspect>;

}  // namespace tokend
