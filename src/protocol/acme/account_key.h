#pragma once
// The key by which a server knows us, and what is signed with it: JWS in the form of RFC 8555 §6.2, the thumbprint of
// RFC 7638, and the key authorization that answers a challenge (§8.1).

#include <functional>
#include <string>
#include <string_view>

#include "crypto/signing_key.h"

namespace acme {

struct AccountKey {
    std::string algorithm;  // "ES256", "RS256": RFC 7518 §3.1
    std::string jwk;        // the public key as RFC 7638 §3 writes it: its required members, sorted, without blanks
    std::function<std::string(std::string_view octets)> sign;
};

AccountKey account_key(const crypto::SigningKey& key);

/// RFC 7638 §3, as base64url.
std::string thumbprint(const AccountKey& key);

/// RFC 8555 §8.1. `token`: as the server gave it.
std::string key_authorization(const AccountKey& key, std::string_view token);
/// What a TXT record below _acme-challenge says: RFC 8555 §8.4.
std::string txt_value(std::string_view key_authorization);

/// A flattened JSON serialization (RFC 7515 §7.2.2) that says who signs it: by `account`, an address, or where that is
/// empty by the whole public key. An empty payload is a POST-as-GET (RFC 8555 §6.3).
std::string signed_request(const AccountKey& key, std::string_view account, std::string_view nonce,
                           std::string_view address, std::string_view payload);

}  // namespace acme
