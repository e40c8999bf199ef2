#pragma once
// Private keys in files, and what is published for them.

#include <expected>
#include <string>
#include <string_view>

#include "crypto/digest_signature.h"

namespace authentication {

/// A key in PEM form. What is wrong with the file, in words.
std::expected<crypto::DigestSigner, std::string> read_key(const std::string& path);

/// A new file, which only its owner may read, on disk when this returns; one that is there already is left alone.
std::expected<void, std::string> write_key(const std::string& path, const crypto::DigestSigner& key);

/// A TXT record as zone files have it, in strings of at most 255 octets (RFC 1035 §3.3.14, §5.1).
std::string zone_line(std::string_view name, std::string_view text);

}  // namespace authentication
