#pragma once
// What came of one signature. RFC 8601 §2.7.1, RFC 6376 §6.1.

#include <cstdint>
#include <string>
#include <string_view>

namespace dkim {

enum class Result : std::uint8_t {
    Pass,
    Fail,       // the message or the signature is not what was signed
    Neutral,    // it failed, and the key is in test mode
    Policy,     // it is good, or may be, and is not counted: the reason says why
    TempError,  // the DNS did not answer; later it may
    PermError,  // it can never be verified
};
std::string_view to_text(Result result);

struct Failure {
    Result result = Result::PermError;
    std::string reason;
};

}  // namespace dkim
