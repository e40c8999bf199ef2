#pragma once
// A private key, for the process that signs with it and for the command that checks it. Its octets are wiped when it
// goes.

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "tls/handles.h"
#include "tls/signer.h"

namespace tls {

class PrivateKey {
public:
    /// PEM text, without a passphrase. The error says what is wrong with it.
    static std::expected<PrivateKey, std::string> parse(std::string_view pem);

    const KeyId& id() const { return id_; }
    /// Absent: the scheme is not for this kind of key.
    std::optional<std::string> sign(Scheme scheme, std::string_view content) const;

private:
    PrivateKey() = default;
    EvpKey key_;
    KeyId id_{};
};

}  // namespace tls
