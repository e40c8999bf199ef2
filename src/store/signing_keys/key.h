#pragma once
// A key that signs the mail of a domain, from its making to its end. RFC 6376 §3.1, §3.6.
//
//   made → seen in the DNS → used → retired → gone
//   any of them → revoked → gone
//
// Pure: the state as a value and as text. A new key signs only once everybody can find it, and one that signs no more
// stays in the DNS until what it signed has been read: so no signature is ever without its key. One that somebody else
// may have is revoked: it signs nothing from then on, and its record says so, without the key (§3.6.1).

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest_signature.h"

namespace signing_keys {

/// Times in seconds since 1970; 0: not yet.
struct Key {
    std::string selector;
    crypto::SignatureKind kind = crypto::SignatureKind::Rsa;
    std::string public_octets;  // as crypto::DigestSigner has them
    std::int64_t made = 0;
    std::int64_t seen = 0;     // since when its record has been found in the DNS; of one that is revoked: the empty one
    std::int64_t used = 0;     // since when it has signed
    std::int64_t retired = 0;  // since when it does so no more
    std::int64_t revoked = 0;  // since when what it signed counts for nothing
    bool operator==(const Key&) const = default;
};
using Keys = std::vector<Key>;

enum class State : std::uint8_t { Made, Seen, Used, Retired, Revoked };
State state_of(const Key& key);
std::string_view to_text(State state);

constexpr std::size_t most_keys = 100;  // of one domain
constexpr std::size_t longest_state = 512 * 1024;

/// One line a key, below a line that says what this is (doc/format/signing-keys.md).
std::string to_text(const Keys& keys);
/// The number of the line that is not understood.
std::expected<Keys, std::size_t> parse_keys(std::string_view text);

/// What there is to do about the keys of a domain, by their states and the clock.
struct Terms {
    std::int64_t wait = 0;    // seconds that a record has been seen before its key signs
    std::int64_t keep = 0;    // seconds that a record stays behind
    std::int64_t rotate = 0;  // seconds that a key signs before the server makes another; 0: an administrator does all
};
struct Todo {
    bool begin = false;           // nothing is under way: new keys may be made
    bool is_due = false;          // and a key has signed for as long as it may
    std::vector<Key> withdraw{};  // revoked, and not known to be so in the DNS
    std::vector<Key> publish{};   // whose records are to be looked for
    std::vector<Key> begin_using{};
    std::int64_t wait_until = 0;  // 0: nothing waits
    std::vector<Key> remove{};    // whose records may go
};
Todo todo(const Keys& keys, const Terms& terms, std::int64_t now);

/// What an administrator is to do next about the keys of a domain, or how long nothing: "publish … "
std::string next_step(std::string_view domain, const Keys& keys, const Terms& terms, std::int64_t now);

/// What is to be published for it: "v=DKIM1; k=ed25519; p=…", nothing behind p= where it is revoked.
std::string record_of(const Key& key);
/// "rsa20261128._domainkey.example.org"
std::string record_name(std::string_view domain, const Key& key);
/// "2026-11-28 04:05 UTC"
std::string time_text(std::int64_t seconds);

/// The keys with these selectors, or all where none is given, are revoked. Those that were not before.
Keys revoke(Keys& keys, const std::vector<std::string>& selectors, std::int64_t now);

/// Those that were seen for long enough sign from now on, and those that did, if of the same round or before, no more.
void take_into_use(Keys& keys, std::int64_t now);

}  // namespace signing_keys
