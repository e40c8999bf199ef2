#pragma once
// The fields we put on top of a message: Received, Return-Path, Delivered-To. RFC 5321 §4.4, RFC 5322 §3.6.7.
//
// Each returned field ends in CRLF and is folded at 78 octets where a blank allows it.
// Hostile: HELO, PTR and addresses come from strangers. Whatever could end the line, the field, the comment or the
// clause it stands in is replaced by '?', so that the only structure in a trace field is ours.

#include <optional>
#include <string>
#include <string_view>

#include "ip/address.h"
#include "mime/date.h"

namespace mime {

struct Received {
    std::string helo;                   // what the client said; empty for local submission
    std::string client_name;            // by a verified reverse lookup; empty: unknown
    std::optional<ip::Address> client;  // none for local submission
    std::string local_user;             // local submission: "from userid 1000" or a login name
    std::string by;                     // our host name
    std::string with;                   // ESMTP, ESMTPS, ESMTPSA, LMTP, UTF8SMTP… (RFC 3848, RFC 6531); may be empty
    std::string tls;                    // "TLSv1.3 TLS_AES_256_GCM_SHA384"; goes into a comment; may be empty
    std::string id;                     // queue id
    std::string recipient;              // only where there is just one (§7.2: the others must not leak)
    Date date;
};
std::string received_field(const Received& received);

/// For final delivery; an empty path gives "<>" (RFC 5321 §4.4).
std::string return_path_field(std::string_view reverse_path);
std::string delivered_to_field(std::string_view address);

/// One field, folded at blanks so that lines stay within 78 octets where possible; CRLF at the end. Control characters
/// in the value become '?'.
std::string fold_field(std::string_view name, std::string_view value);

}  // namespace mime
