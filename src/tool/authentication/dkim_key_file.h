#pragma once
// Private keys in files.

#include <expected>
#include <string>
#include <string_view>

#include "crypto/digest_signature.h"

namespace authentication {

/// A key in PEM form. What is wrong with the file, in words.
std::expected<crypto::DigestSigner, std::string> read_key(const std::string& path);

/// A new file, which only its owner may read, on disk when this returns; one that is there already is left alone.
std::expected<void, std::string> write_key(const std::string& path, const crypto::DigestSigner& key);

}  // namespace authentication
