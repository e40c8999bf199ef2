#pragma once
// The reflector's answer: what we saw of a message, for whoever sent it to find out what others see. RFC 3834 says how
// a program answers: to the reverse-path, from the null one, marked as its own doing.
//
// Hostile: everything in it is a stranger's. No line of his becomes a field, a part or a command of a terminal; and the
// answer is not much longer than what it answers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ip/address.h"
#include "mime/address.h"
#include "mime/date.h"
#include "reflection/forms.h"

namespace reflection {

/// How the message came.
struct Connection {
    ip::Address client;
    std::uint16_t port = 0;
    std::string client_name;  // by reverse lookup, confirmed; empty: there is none
    std::string helo;
    std::string tls;           // "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty: not encrypted
    std::string reverse_path;  // without brackets
};

/// The whole report. `outcome`: what becomes of such a message here, "accepted".
std::string report(std::string_view hostname, const Connection& connection, const Findings& findings,
                   std::string_view outcome);

constexpr std::size_t longest_report = 256 * 1024;

struct Answer {
    mime::Mailbox from;
    std::string to;  // an address: the reverse-path
    mime::Date date;
    std::string unique;  // letters and digits that nobody else has: of the Message-ID and the boundary
    std::string host;
    std::string report;
    std::string_view original;  // the message, or its header alone
    bool is_whole = true;
};

/// The message, lines ended by CRLF.
std::string to_text(const Answer& answer);
/// Whether it has octets beyond ASCII, which only the original may bring.
bool is_8bit(const Answer& answer);

}  // namespace reflection
