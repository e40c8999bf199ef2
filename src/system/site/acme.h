#pragma once
// [acme]: certificates from an authority, without an administrator's doing. RFC 8555.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "acme/resources.h"
#include "config/setting.h"
#include "config/value.h"
#include "crypto/signing_key.h"
#include "ip/address.h"
#include "site/checks.h"

namespace acme {

constexpr auto choices(ChallengeType) {
    using enum ChallengeType;
    return std::array<config::Choice<ChallengeType>, 3>{
        {{"http-01", Http01}, {"tls-alpn-01", TlsAlpn01}, {"dns-01", Dns01}}};
}

}  // namespace acme

namespace site {

enum class CertificateKey : std::uint8_t { P256, Rsa };

constexpr auto choices(CertificateKey) {
    return std::array<config::Choice<CertificateKey>, 2>{
        {{"p256", CertificateKey::P256}, {"rsa", CertificateKey::Rsa}}};
}

struct Acme {
    std::string directory;
    std::vector<std::string> names;
    std::vector<std::string> contact;
    bool agree_terms = false;
    acme::ChallengeType challenge = acme::ChallengeType::Http01;
    std::vector<ip::Endpoint> listen;
    std::string hook;
    std::string hook_user;
    std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
    CertificateKey key = CertificateKey::P256;
    std::uint32_t hook_uid = 0;
    std::uint32_t hook_gid = 0;
};

inline bool is_configured(const Acme& acme) { return !acme.directory.empty(); }

std::string certificate_names_flaw(const std::vector<std::string>& names);
std::string contacts_flaw(const std::vector<std::string>& addresses);

inline auto settings(const Acme*) {
    using config::at_start, config::setting;
    return std::tuple{
        at_start(
            setting("directory", &Acme::directory,
                    "The authority's directory, such as \"https://acme-v02.api.letsencrypt.org/directory\". Empty: "
                    "certificates are somebody else's business.",
                    https_or_empty_flaw)),
        setting("names", &Acme::names,
                "The names that the certificate is for; \"*.example.org\" by dns-01 only. Empty: hostname.",
                certificate_names_flaw),
        setting("contact", &Acme::contact, "Mail addresses at which the authority reaches the administrator.",
                contacts_flaw),
        setting("agree_terms", &Acme::agree_terms,
                "Whether you have read the authority's terms of service, and agree. `hermod acme status` names them."),
        setting("challenge", &Acme::challenge,
                "How the authority sees that the names are ours: it asks this server on port 80 (\"http-01\") or 443 "
                "(\"tls-alpn-01\"), or looks for a record in the DNS that `hook` puts there (\"dns-01\")."),
        setting(
            "listen", &Acme::listen,
            "Where the authority's questions come in, as in [\"0.0.0.0:80\", \"[::]:80\"]. For http-01 and "
            "tls-alpn-01; nothing else is served there. Empty, for http-01: a [[listen]] table with protocol \"http\" "
            "is enough."),
        setting("hook", &Acme::hook,
                "For dns-01: a program, called as HOOK add NAME VALUE, that is to return when the TXT record NAME with "
                "VALUE can be seen; afterwards as HOOK remove NAME VALUE.",
                absolute_path_or_empty_flaw),
        setting("hook_user", &Acme::hook_user,
                "As whom it runs, if the server was started by root; never root. Empty: as the user of acmed.",
                user_or_empty_flaw),
        at_start(setting("ca_file", &Acme::ca_file,
                         "Certificates in PEM form: whom we trust to say that the authority is who it is.",
                         absolute_path_flaw)),
        setting("key", &Acme::key, "The kind of the certificate's key: ECDSA on P-256, or RSA with 3072 bits."),
        config::internal("hook_uid", &Acme::hook_uid),
        config::internal("hook_gid", &Acme::hook_gid),
    };
}

std::string flaw(const Acme& acme);

inline constexpr std::string_view acme_meaning =
    "Certificates from an authority, issued and renewed by themselves. Where [tls] names none, they are what clients "
    "are shown.";

}  // namespace site
