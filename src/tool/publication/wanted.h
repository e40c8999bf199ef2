#pragma once
// What a domain whose mail we take, and send, has to publish: MX, SPF (RFC 7208), the keys of its signatures (RFC 6376)
// and DMARC (RFC 9989).

#include <expected>
#include <string>
#include <vector>

#include "check/signing_site.h"
#include "crypto/digest_signature.h"
#include "signing_keys/key.h"

namespace publication {

struct Record {
    std::string name;  // in full, without the last dot
    std::string type;  // "MX", "TXT"
    std::string data;  // of MX as in a zone file; of TXT the text itself
    bool operator==(const Record&) const = default;
};
/// As a zone file has it.
std::string zone_line(const Record& record);

/// A key of ours that the DNS must have.
struct Key {
    std::string selector;
    crypto::SignatureKind kind = crypto::SignatureKind::Rsa;
    std::string public_octets;
    signing_keys::State state = signing_keys::State::Used;
};
/// Those that `hermod dkim rotate` made, and those that the configuration names. `domain`: A-labels, lower case.
std::expected<std::vector<Key>, std::string> keys_of(const check::SigningSite& site, const std::string& domain);

/// The records in the order of their names.
std::vector<Record> wanted(const std::string& hostname, const std::string& domain, const std::vector<Key>& keys);

}  // namespace publication
