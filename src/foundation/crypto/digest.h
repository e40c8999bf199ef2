#pragma once
// Digests and what is made of them, as values: SHA-1, SHA-2 (RFC 6234), MD5 (RFC 1321), HMAC (RFC 2104), PBKDF2 (RFC
// 8018 §5.2).
//
// Pure: libcrypto's functions, without state of ours and without chance. MD5 and SHA-1 are here for mechanisms that
// name them (CRAM-MD5, APOP, SCRAM-SHA-1), and for nothing else.

#include <cstdint>
#include <string>
#include <string_view>

namespace crypto {

enum class Digest : std::uint8_t { Md5, Sha1, Sha256, Sha512 };

/// Octets of a result: 16, 20, 32, 64.
std::size_t length_of(Digest digest);

/// The octets themselves, not hexadecimal.
std::string digest(Digest kind, std::string_view octets);
std::string hmac(Digest kind, std::string_view key, std::string_view octets);
/// As many octets as the digest has: Hi() of RFC 5802 §2.2. `iterations` is at least 1, and is what it costs.
std::string pbkdf2(Digest kind, std::string_view password, std::string_view salt, std::uint32_t iterations);

/// Takes the same time wherever two texts of one length differ. Hostile: whoever may try as often as he likes learns a
/// secret octet by octet from one that does not.
bool are_equal(std::string_view a, std::string_view b);

/// Overwrites a secret that is no longer needed, so that no later mistake shows it to anybody.
void wipe(std::string& secret);

}  // namespace crypto
