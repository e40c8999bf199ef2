#pragma once
// The envelope: what MAIL and RCPT said, apart from the message. RFC 5321 §2.3.1, with the parameters of RFC 3461
// (DSN), RFC 6152 (8BITMIME), RFC 3030 (BINARYMIME) and RFC 6531 (SMTPUTF8).
//
// Values only. It travels between our processes and into the journal as it is.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace smtp {

/// BODY= of MAIL (RFC 6152 §3, RFC 3030 §3).
enum class BodyType : std::uint8_t { SevenBit, EightBitMime, BinaryMime };

/// RET= of MAIL (RFC 3461 §4.3): what a failure notification should carry of the message.
enum class Return : std::uint8_t { Unspecified, Full, Headers };

/// NOTIFY= of RCPT (RFC 3461 §4.1) as a set of bits. Unspecified means failure, and delay if we send such notices.
enum Notify : std::uint8_t {
    notify_unspecified = 0,
    notify_never = 1,
    notify_success = 2,
    notify_failure = 4,
    notify_delay = 8,
};

struct Recipient {
    std::string address;             // the forward-path without brackets; domain in lower case
    std::string original_recipient;  // ORCPT= decoded, "rfc822;a@example.org"; empty: not given
    std::uint8_t notify = notify_unspecified;

    bool operator==(const Recipient&) const = default;
};
constexpr auto fields(const Recipient*) {
    return std::tuple{&Recipient::address, &Recipient::original_recipient, &Recipient::notify};
}

struct Envelope {
    std::string reverse_path;  // without brackets; empty: the null reverse-path (§4.5.5)
    std::vector<Recipient> recipients;
    BodyType body = BodyType::SevenBit;
    bool smtputf8 = false;
    Return ret = Return::Unspecified;
    std::string envelope_id;  // ENVID= decoded; empty: not given

    bool operator==(const Envelope&) const = default;
};
constexpr auto fields(const Envelope*) {
    return std::tuple{&Envelope::reverse_path, &Envelope::recipients, &Envelope::body,
                      &Envelope::smtputf8,     &Envelope::ret,        &Envelope::envelope_id};
}

}  // namespace smtp
