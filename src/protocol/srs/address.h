#pragma once
// Sender rewriting: the envelope sender of a message that we forward becomes an address of ours, from which its bounce
// finds the way back, so that the next host's SPF check asks about us. There is no RFC; this is what Mail::SRS and
// postsrsd speak, octet for octet.
//
//   SRS0=HHHH=TT=example.org=ann@forwarder.example                       from ann@example.org
//   SRS1=HHHH=forwarder.example==HHHH=TT=example.org=ann@second.example  from the above, once more forwarded
//
// HHHH proves that we wrote it: four characters of base64 of an HMAC-SHA1 over what follows. TT is the day, modulo
// 1024, in base 32. A third forwarder only replaces the proof of the second: the address does not grow, and the bounce
// goes from it to the first. Case does not count in tag, proof, day and HMAC, as some servers fold it.
//
// Pure: secrets and time are arguments. Hostile: rewritten addresses come back from strangers. Four characters are 20
// bits: enough that forging one is not worth it, not more; a key may have longer ones, and demand them. Nothing is
// rewritten back that we did not sign, and what we signed is not good for ever.
//
// Lengths: the new local part is often over the 64 octets of RFC 5321 §4.5.3.1.1. It is written all the same, as the
// others do and next to all servers take it: there is no way to make it shorter without remembering it. An address
// beyond the path of §4.5.3.1.3 is refused.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace srs {

struct Key {
    std::vector<std::string> secrets;  // the first signs; each may have signed what comes back
    char separator = '=';              // behind the tag: '=', '+' or '-'
    std::size_t hash_length = 4;       // characters of a proof: 4 to 27
    std::size_t hash_minimum = 4;      // of one that comes back; it may have more
};
constexpr std::size_t shortest_hash = 4;
constexpr std::size_t longest_hash = 27;
constexpr unsigned default_max_age = 21;  // days

enum class Refusal : std::uint8_t {
    NoAddress,  // no local part, no domain, or characters that neither may have
    TooLong,    // the result would not fit into a path
    NotSrs,     // nothing to reverse
    Malformed,  // begins like one, and lacks something
    NotOurs,    // the proof is wrong
    Expired,    // the day is too long ago, or not yet
};
std::string_view describe(Refusal refusal);

/// Whether the address, or a local part, begins like a rewritten one: "SRS0=", "srs1+"….
bool is_rewritten(std::string_view address);

/// The new envelope sender, at our domain `alias`. A sender at that domain already stays as it is. Not for the null
/// reverse-path, which stays null.
std::expected<std::string, Refusal> forward(std::string_view sender, std::string_view alias, const Key& key,
                                            std::int64_t now);

/// Whom a bounce to this address of ours is for: the sender, or the first forwarder (an SRS0 address there).
std::expected<std::string, Refusal> reverse(std::string_view address, const Key& key, std::int64_t now,
                                            unsigned max_age = default_max_age);

}  // namespace srs
