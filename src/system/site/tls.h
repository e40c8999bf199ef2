#pragma once
// [tls]: the certificates that clients are shown, and where their private keys are.
//
// The certificates' text goes along with the configuration to whoever serves clients; the keys are opened by master,
// for keyd alone.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

struct CertifiedKey {
    std::string certificate;
    std::string key;
    std::string certificate_text;  // what the file says, in PEM form
};

inline auto settings(const CertifiedKey*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("certificate", &CertifiedKey::certificate, "As tls.certificate.", absolute_path_flaw)),
        required(setting("key", &CertifiedKey::key, "As tls.key.", absolute_path_flaw)),
        config::internal("certificate_text", &CertifiedKey::certificate_text),
    };
}

struct Tls {
    std::string certificate;
    std::string key;
    std::vector<CertifiedKey> also;
    std::string client_authorities;
    std::chrono::seconds handshake_timeout{30};
    std::chrono::hours expiry_warning{24 * 21};
    std::string certificate_text;
    std::string client_authorities_text;  // what the file says
};

inline auto settings(const Tls*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("certificate", &Tls::certificate,
                "The file with this server's certificate, followed by those that lead to its issuer, in PEM form. With "
                "it STARTTLS is offered to clients. Taken into use when it changes, together with its key.",
                absolute_path_or_empty_flaw),
        setting("key", &Tls::key,
                "The file with its private key, in PEM form without a passphrase; readable by root, or whoever starts "
                "the server, alone. Only keyd sees what is in it.",
                absolute_path_or_empty_flaw),
        setting("also", &Tls::also,
                "Further certificates: for other names, chosen by the name a client asks for (SNI), or of the other "
                "kind, RSA beside ECDSA, for the same names."),
        setting(
            "client_authorities", &Tls::client_authorities,
            "A file with certificates, in PEM form: of those who say by a certificate who a client is. Where a "
            "[[listen]] table asks for certificates, the first e-mail address of the subject's alternative names is "
            "the account that its owner may log in to by EXTERNAL, without a password. There are no lists of revoked "
            "ones: so it should be an authority of your own. Read again at SIGHUP.",
            absolute_path_or_empty_flaw),
        setting("handshake_timeout", &Tls::handshake_timeout, "For a client to complete the handshake.", {1s, 600s}),
        setting("expiry_warning", &Tls::expiry_warning,
                "So long before a certificate expires, the log and `hermod status` begin to warn of it.", {0h, 8760h}),
        config::internal("certificate_text", &Tls::certificate_text),
        config::internal("client_authorities_text", &Tls::client_authorities_text),
    };
}

inline std::string flaw(const Tls& tls) {
    if (tls.certificate.empty() == tls.key.empty()) return {};
    return tls.key.empty() ? "has a certificate, but no key for it" : "has a key, but no certificate for it";
}

/// All of them, in order: the first is for clients that ask for no name we know.
std::vector<CertifiedKey> all_keys(const Tls& tls);

inline constexpr std::string_view tls_meaning = "Encryption: the certificates that clients are shown.";

}  // namespace site
