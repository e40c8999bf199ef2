#pragma once
// The private keys, by their public ones. What does not read as a key is said, and is no key.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "process/process.h"
#include "tls/private_key.h"

namespace keyd {

/// The text of a key file from its beginning, wherever others who have it open are; a secret, to be wiped.
std::string text_of(const file::Descriptor& file);

/// Those of TLS. What is from process::Secret::signing on is no key of theirs.
class Keys {
public:
    /// In place of all so far. What is wrong with any of them: "key 2 holds no private key…".
    std::vector<std::string> read(const std::vector<process::Secret>& files);

    void add(Keys others) { keys_.merge(others.keys_); }
    bool has(const tls::KeyId& id) const { return keys_.contains(id); }
    std::size_t count() const { return keys_.size(); }
    /// Absent: not here, or not by this scheme.
    std::optional<std::string> sign(const tls::KeyId& id, tls::Scheme scheme, std::string_view content) const;

private:
    std::map<tls::KeyId, tls::PrivateKey> keys_;
};

}  // namespace keyd
