#pragma once
// What a server offers in its answer to EHLO or LHLO. RFC 5321 §4.1.1.1; PIPELINING (RFC 2920), SIZE (RFC 1870),
// 8BITMIME (RFC 6152), ENHANCEDSTATUSCODES (RFC 2034), CHUNKING and BINARYMIME (RFC 3030), SMTPUTF8 (RFC 6531), DSN
// (RFC 3461), LIMITS (RFC 9422), STARTTLS (RFC 3207), AUTH (RFC 4954), FUTURERELEASE (RFC 4865).
//
// One value for both sides: a server writes it, a client reads it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/reply.h"

namespace smtp {

struct Extensions {
    bool pipelining = false;
    bool eight_bit_mime = false;
    bool enhanced_status_codes = false;
    bool chunking = false;
    bool binary_mime = false;
    bool smtputf8 = false;
    bool dsn = false;
    bool starttls = false;
    bool help = false;
    bool vrfy = false;
    bool has_size = false;
    std::uint64_t size = 0;                        // 0 with has_size: no fixed limit (RFC 1870 §4)
    std::optional<std::uint64_t> rcpt_max;         // LIMITS RCPTMAX=: recipients in one transaction
    std::optional<std::uint64_t> mail_max;         // LIMITS MAILMAX=: transactions in one session
    std::optional<std::uint64_t> rcpt_domain_max;  // LIMITS RCPTDOMAINMAX=: recipient domains in one transaction
    std::vector<std::string> auth;                 // mechanisms, upper case; empty: AUTH is not offered

    std::string future_release;  // FUTURERELEASE, with its limits as they are written; only of a server of ours

    bool operator==(const Extensions&) const = default;
};

/// The reply to EHLO: our name in the first line, an extension in each other.
Reply hello_reply(std::string_view hostname, const Extensions& extensions);

/// Reads a 250 reply. Hostile: what cannot be understood is what the server does not offer; at most 100 lines are read.
Extensions parse_extensions(const Reply& reply);

}  // namespace smtp
