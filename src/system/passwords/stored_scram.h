#pragma once
// Keys of SCRAM as they are stored: RFC 5803 §3, "SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY", in base64.

#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "sasl/scram.h"

namespace passwords {

struct StoredScram {
    crypto::Digest digest = crypto::Digest::Sha256;
    sasl::ScramKeys keys;
    bool operator==(const StoredScram&) const = default;
};

std::optional<StoredScram> parse_stored_scram(std::string_view text);
std::string to_text(const StoredScram& stored);

}  // namespace passwords
