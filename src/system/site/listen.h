#pragma once
// Where clients come in: the [[listen]] tables.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"

namespace site {

enum class ListenProtocol : std::uint8_t { Smtp, Lmtp, Submission, Submissions, Pop3, Pop3s, Http };

constexpr auto choices(ListenProtocol) {
    using enum ListenProtocol;
    return std::array<config::Choice<ListenProtocol>, 7>{{{"smtp", Smtp},
                                                          {"lmtp", Lmtp},
                                                          {"submission", Submission},
                                                          {"submissions", Submissions},
                                                          {"pop3", Pop3},
                                                          {"pop3s", Pop3s},
                                                          {"http", Http}}};
}

/// What a client may, or must, do about encryption.
enum class ListenTls : std::uint8_t { Off, Offered, Required, Implicit };

constexpr auto choices(ListenTls) {
    using enum ListenTls;
    return std::array<config::Choice<ListenTls>, 4>{
        {{"off", Off}, {"offered", Offered}, {"required", Required}, {"implicit", Implicit}}};
}

struct Listen {
    ListenProtocol protocol = ListenProtocol::Smtp;
    ip::Endpoint address;
    std::vector<ip::Network> proxies;
    std::optional<ListenTls> tls;
    std::optional<bool> login;
    bool client_certificates = false;

    bool operator==(const Listen&) const = default;
};

inline auto settings(const Listen*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("protocol", &Listen::protocol,
                         "What is spoken there. \"submission\" is for people's mail programs (port 587, RFC 6409): "
                         "they must log in, and "
                         "begin TLS first; \"submissions\" is the same inside TLS (port 465, RFC 8314). "
                         "\"pop3\" (port 110) and, inside TLS, \"pop3s\" (port 995) are for reading mail. "
                         "\"http\" (port 80, or 443 with tls = \"implicit\") tells mail programs of these servers, and "
                         "answers a certificate authority's questions (http-01); nothing else is there.")),
        required(setting("address", &Listen::address, "Address and port; 0.0.0.0 and [::] are all addresses.")),
        setting("proxies", &Listen::proxies,
                "Load balancers that connect here: a client from these networks must begin with a PROXY protocol "
                "header of version 2, which names the real one. Nobody else may send one."),
        setting("tls", &Listen::tls,
                "Encryption: \"offered\" by STARTTLS; \"required\", before mail is taken (not for a public port 25, "
                "RFC 3207 "
                "§4); \"implicit\", from the first octet on (RFC 8314); or \"off\". Not set: offered where [tls] has a "
                "certificate; required for submission, implicit for submissions and pop3s; off for http, which can be "
                "\"implicit\" or \"off\" alone. Without it POP3 takes no passwords as they are."),
        setting("login", &Listen::login,
                "Whether clients may log in (AUTH, RFC 4954), and send anywhere then. Not set: they must for "
                "submission, and "
                "may not elsewhere."),
        setting("client_certificates", &Listen::client_certificates,
                "Whether clients are asked for a certificate of tls.client_authorities. Who shows one may log in by "
                "EXTERNAL; who has none, or another, as without. Some mail programs ask their user which to show."),
    };
}

inline bool is_submission(const Listen& listen) {
    return listen.protocol == ListenProtocol::Submission || listen.protocol == ListenProtocol::Submissions;
}

inline bool is_pop3(const Listen& listen) {
    return listen.protocol == ListenProtocol::Pop3 || listen.protocol == ListenProtocol::Pop3s;
}

inline bool is_http(const Listen& listen) { return listen.protocol == ListenProtocol::Http; }

inline std::string flaw(const Listen& listen) {
    const auto tls = listen.tls.value_or(ListenTls::Off);
    if (is_http(listen) && tls != ListenTls::Off && tls != ListenTls::Implicit)
        return "speaks HTTP, which has TLS from the first octet, tls = \"implicit\", or none";
    return {};
}

/// As it is where it was not set.
inline ListenTls tls_of(const Listen& listen, bool has_certificate) {
    if (listen.tls) return *listen.tls;
    if (listen.protocol == ListenProtocol::Submission) return ListenTls::Required;
    if (listen.protocol == ListenProtocol::Submissions || listen.protocol == ListenProtocol::Pop3s)
        return ListenTls::Implicit;
    if (is_http(listen)) return ListenTls::Off;
    return has_certificate ? ListenTls::Offered : ListenTls::Off;
}

inline constexpr std::string_view listen_meaning = "Where clients come in; one table for each address.";

}  // namespace site
