#pragma once
// The machine-readable part of a notification, message/delivery-status. RFC 3464 §2; message/global-delivery-status,
// RFC 6533 §4.
//
// What is printed can be read back: parse_delivery_status(to_text(report)) gives the report, up to what print must
// change in hostile values.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "dsn/report.h"

namespace dsn {

struct StatusError {
    enum class Code {
        MissingReportingMta,
        MissingRecipient,
        MissingFinalRecipient,
        BadAction,
        BadStatus,
        BadDate,
        TooManyRecipients
    };
    Code code;
    std::size_t group;  // 0: the per-message fields, 1: the first recipient…

    bool operator==(const StatusError&) const = default;
};
std::string_view describe(StatusError::Code code);

enum class Charset : std::uint8_t { Ascii, Utf8 };  // delivery-status or global-delivery-status

/// Groups of fields separated by empty lines; lines end in CRLF. No empty line at the end.
std::string to_text(const Report& report, Charset charset = Charset::Ascii);

std::expected<Report, StatusError> parse_delivery_status(std::string_view text);

}  // namespace dsn
