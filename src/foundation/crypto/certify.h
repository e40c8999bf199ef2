#pragma once
// What is made with a key before anybody has certified it: a request for a certificate, and certificates that certify
// themselves. RFC 2986, RFC 5280.
//
// Pure but for the serial numbers, which are random.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signing_key.h"

namespace crypto {

/// In DER form, for these DNS names (at least one; RFC 8555 §7.4). Names are octets of letters, digits, "-", "." and
/// "*".
std::string certificate_request(const SigningKey& key, const std::vector<std::string>& names);

struct Validity {
    std::chrono::sys_seconds from;
    std::chrono::sys_seconds until;
};

/// A certificate in PEM form, for these names, signed by its own key. `acme_identifier`: 32 octets for the critical
/// extension of RFC 8737 §3; empty: without it.
std::string self_signed(const SigningKey& key, const std::vector<std::string>& names, Validity validity,
                        std::string_view acme_identifier = {});

}  // namespace crypto
