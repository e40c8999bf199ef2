#pragma once
// What a client says, line by line, as values. RFC 5321 §4.1; MAIL and RCPT parameters of RFC 1870 (SIZE), RFC 6152 and
// RFC 3030 (BODY, BDAT), RFC 3461 (RET, ENVID, NOTIFY, ORCPT), RFC 6531 (SMTPUTF8), RFC 4954 (AUTH),
// RFC 4865 (HOLDFOR, HOLDUNTIL); LHLO of RFC 2033.
//
// Grammar only: whether a command may come now is decided by Receiver. Addresses may be UTF-8 here; whether the
// transaction allows that is decided there too, as SMTPUTF8 stands behind the address.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "smtp/envelope.h"
#include "smtp/future_release.h"
#include "smtp/path.h"
#include "smtp/reply.h"

namespace smtp {

constexpr std::size_t longest_mechanism = 20;        // RFC 4422 §3.1
constexpr std::size_t longest_auth_parameter = 500;  // RFC 4954 §3

struct Helo {
    std::string domain;
};  // what the client calls itself: printable ASCII, otherwise as it came
struct Ehlo {
    std::string domain;
};
struct Lhlo {
    std::string domain;
};

struct Mail {
    std::optional<Mailbox> reverse_path;  // none: the null reverse-path
    bool has_utf8 = false;                // the path as written, a U-label included: allowed with SMTPUTF8 only
    std::optional<std::uint64_t> size;
    std::optional<BodyType> body;
    bool smtputf8 = false;
    Return ret = Return::Unspecified;
    std::string envelope_id;  // decoded
    bool has_auth = false;    // AUTH= (RFC 4954 §5): who submitted it, by the word of a server that we trust in nothing
    std::optional<HoldFor> hold_for;
    std::optional<HoldUntil> hold_until;
};

struct Rcpt {
    Mailbox forward_path;
    bool has_utf8 = false;
    std::string original_recipient;  // decoded, "rfc822;a@example.org"
    std::uint8_t notify = notify_unspecified;
};

struct Data {};
struct Bdat {
    std::uint64_t size = 0;
    bool last = false;
};
struct Rset {};
struct Noop {};
struct Vrfy {
    std::string what;
    bool smtputf8 = false;
};
struct Expn {};
struct Help {};
struct Quit {};
struct StartTls {};                      // RFC 3207 §4
struct Auth {                            // RFC 4954 §4
    std::string mechanism;               // upper case
    std::optional<std::string> initial;  // decoded; none: not given, empty: "="
};
struct NotOffered {};  // a command that some RFC knows and we do not offer (here): ETRN, TURN, SEND…
struct Override {};    // XCLIENT, XFORWARD: somebody wants to be taken for somebody else
struct Foreign {};     // HTTP, a PROXY v1 line: the peer is not talking SMTP to us on purpose
struct Unknown {};

using Command = std::variant<Helo, Ehlo, Lhlo, Mail, Rcpt, Data, Bdat, Rset, Noop, Vrfy, Expn, Help, Quit, StartTls,
                             Auth, NotOffered, Override, Foreign, Unknown>;

/// A line that is no command, and what to answer.
struct SyntaxError {
    enum class After : std::uint8_t {
        GoOn,
        Close,  // the stream cannot be brought back in step: a BDAT whose length is not known
    };
    Reply reply;
    After after = After::GoOn;
};

/// The line comes without its CRLF. Command words and parameter names match in any case; blanks at the end are dropped.
std::expected<Command, SyntaxError> parse_command(std::string_view line);

}  // namespace smtp
