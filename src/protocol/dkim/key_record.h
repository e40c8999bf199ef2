#pragma once
// What a domain publishes below "selector._domainkey": the public key of its signatures and what it is good for. RFC
// 6376 §3.6.1, RFC 8301, RFC 8463 §4.
//
// Pure. find_key() is the one place where an answer of the DNS becomes a key, for DKIM and ARC alike.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest_signature.h"
#include "dkim/key_cache.h"
#include "dkim/result.h"
#include "dkim/signature.h"
#include "dns/answer.h"

namespace dkim {

struct KeyRecord {
    crypto::SignatureKind kind = crypto::SignatureKind::Rsa;  // k=
    std::string public_key;                                   // p=: octets; empty: revoked
    bool allows_sha256 = true;                                // h=
    bool is_for_mail = true;                                  // s= has "*" or "email"
    bool is_testing = false;                                  // t=y
    bool is_strict = false;                                   // t=s: i= must be at d= itself
    std::string notes;                                        // n=, as it stands there
};

enum class KeyProblem : std::uint8_t { NotATagList, WrongVersion, UnknownKind, MissingKey, BadKey };
std::string_view describe(KeyProblem problem);

std::expected<KeyRecord, KeyProblem> parse_key_record(std::string_view text);
/// What a domain publishes for a key: "v=DKIM1; k=ed25519; p=…".
std::string to_record(crypto::SignatureKind kind, std::string_view public_octets, bool is_testing = false);

/// What a key of this kind signs with.
Algorithm algorithm_of(crypto::SignatureKind kind);

/// A key that may verify this signature.
struct Key {
    crypto::DigestVerifier verifier;
    bool is_testing = false;
};

/// Where the key of a signature is. Nothing where the name would be too long.
std::optional<dns::Question> key_question(const Signature& signature);

/// The key in the answer, or why there is none that may be used: "the key is revoked". A selector should have one
/// record; of several the first that fits is taken (§3.6.2.2). Identity is looked at where it is not empty. `decoded`:
/// keys seen before; none: each is decoded anew.
std::expected<Key, Failure> find_key(const dns::Answer& answer, const Signature& signature,
                                     KeyCache* decoded = nullptr);

}  // namespace dkim
