#pragma once
// A certificate with those that lead to its issuer, as a server presents it. RFC 5280, RFC 6125 §6.4 (names).
//
// A value without secrets: the private key is somebody else's (signer.h).

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tls/handles.h"
#include "tls/signer.h"

namespace tls {

enum class KeyKind { Rsa, Ec };

class Certificate {
public:
    /// PEM text: the certificate first, then the others in their order. The error says what is wrong with it.
    static std::expected<Certificate, std::string> parse(std::string_view pem);

    /// Host names of the subject, lower case, without repetition and sorted; "*.example.org" among them.
    const std::vector<std::string>& names() const { return names_; }
    bool covers(std::string_view host) const;

    KeyKind key_kind() const { return kind_; }
    const KeyId& key() const { return key_; }
    std::chrono::sys_seconds not_before() const { return not_before_; }
    std::chrono::sys_seconds not_after() const { return not_after_; }

    /// For this part alone: the certificate, and the chain behind it.
    x509_st* leaf() const { return chain_.front().get(); }
    const std::vector<X509Certificate>& chain() const { return chain_; }

private:
    Certificate() = default;
    std::string read_key();
    void read_names();
    void read_times();

    std::vector<X509Certificate> chain_;
    std::vector<std::string> names_;
    KeyKind kind_ = KeyKind::Rsa;
    KeyId key_{};
    std::chrono::sys_seconds not_before_;
    std::chrono::sys_seconds not_after_;
};

/// Of a public key, or the public half of a private one.
KeyId key_id(evp_pkey_st* key);

}  // namespace tls
