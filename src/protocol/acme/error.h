#pragma once
// Why a certificate was not to be had.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acme {

struct Error {
    enum class Code : std::uint8_t {
        Garbled,          // an answer that is not what RFC 8555 says it is
        Refused,          // a problem document (§6.7), or a status that says no
        TermsNotAgreed,   // the server has terms, and the administrator has not agreed to any
        AccountRequired,  // the server wants an account that was arranged elsewhere (§7.3.4)
        NoChallenge,      // the server does not offer the kind that we can answer
        Invalid,          // an authorization or the order failed (§7.1.6)
        NeverReady,       // polled often enough
        Unreachable,      // no connection, no TLS, no answer in time; found by whoever moves the conversation
    };
    Code code = Code::Garbled;
    std::string detail;  // Hostile: of the server's own words; for the log, which escapes it
    /// The server named the time before which asking again is in vain (§6.6).
    std::optional<std::chrono::seconds> retry_after = std::nullopt;

    bool operator==(const Error&) const = default;
};

std::string_view describe(Error::Code code);
std::string to_text(const Error& error);

}  // namespace acme
