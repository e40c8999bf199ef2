#pragma once
// What is kept of a password, so that it can be checked and not be read: crypt(5) in all its forms, argon2 (RFC 9106),
// and what other servers write in front: "{SCHEME}…" (RFC 2307, Dovecot).
//
// New ones are argon2id. Blocks for 20 to 300 ms, on purpose: call it where nobody waits for the thread. Safe from
// several threads at once. Hostile: the password comes from a stranger.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace passwords {

enum class Verdict : std::uint8_t {
    Right,
    Wrong,
    Unusable,  // the hash is of a kind that cannot be checked here, or is malformed; nobody can log in by it
};

constexpr std::size_t longest_password = 4096;  // octets

/// "{ARGON2ID}$argon2id$…", "$y$…", "$2b$…", "$6$…", "{SSHA256}…", "{PLAIN}…". An empty hash fits no password. Takes as
/// long for the wrong password as for the right one.
Verdict verify(std::string_view hash, std::string_view password);

/// Why verify() would say Unusable whatever the password; empty: it would not. For imports.
std::string flaw_of(std::string_view hash);

/// What making or checking one costs: an attacker with the hash pays it for each guess.
struct Cost {
    std::uint32_t memory = 19 * 1024;  // KiB
    std::uint32_t passes = 2;
    bool operator==(const Cost&) const = default;
};

/// "$argon2id$v=19$m=…,t=…,p=1$salt$hash", with a salt of its own. One of random_octets() is what a login without an
/// account is checked against, so that it takes as long.
std::string make_hash(std::string_view password, const Cost& cost);
/// Octets nobody can guess.
std::string random_octets(std::size_t count);
/// A password for a program: 20 characters that cannot be mistaken for one another, in groups ("k3xv-…").
std::string generate();

}  // namespace passwords
