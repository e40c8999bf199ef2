#include "smtp/data.h"

#include "fuzz.h"

// The end of a message is where CRLF.CRLF stands first, in whatever pieces it comes. What is accepted survives being
// sent on. What is sent on has one end, and no bare CR or LF, even if it was never checked.
namespace {

struct Decoded {
    std::string message;
    std::size_t used = 0;
    bool at_end = false;
    std::optional<smtp::ContentFault> fault;

    // Which of several faults is met first may depend on the pieces; that there is one does not.
    bool operator==(const Decoded& other) const {
        return message == other.message && used == other.used && at_end == other.at_end &&
               fault.has_value() == other.fault.has_value();
    }
};

Decoded decode(std::string_view input, std::size_t piece, smtp::BareNewline policy) {
    smtp::DataDecoder decoder({.size = 4000, .header = 1000, .header_fields = 20, .line = 300}, policy);
    Decoded decoded;
    while (decoded.used < input.size() && !decoder.at_end())
        decoded.used += decoder.decode(input.substr(decoded.used, piece), decoded.message);
    decoded.at_end = decoder.at_end();
    decoded.fault = decoder.content().fault();
    if (decoded.fault) decoded.message.clear();
    return decoded;
}

std::string encode(std::string_view message, std::size_t piece) {
    smtp::DotStuffer stuffer;
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += piece) stuffer.encode(message.substr(at, piece), out);
    stuffer.finish(out);
    return out;
}

}  // namespace

FUZZ(input) {
    const auto stream = "\r\n" + std::string(input);  // so that a lone dot at the very beginning is no special case
    const auto end = stream.find("\r\n.\r\n");
    for (const auto policy : {smtp::BareNewline::Reject, smtp::BareNewline::Normalize}) {
        const auto decoded = decode(input, input.size() + 1, policy);
        VERIFY(decoded == decode(input, 1, policy) && decoded == decode(input, 7, policy));
        VERIFY(decoded.at_end == (end != stream.npos));
        if (decoded.at_end) VERIFY(decoded.used == end + 3);
        if (!decoded.at_end || decoded.fault) continue;
        const auto again = decode(encode(decoded.message, 1), 5, policy);
        VERIFY(again.at_end && !again.fault && again.message == decoded.message);
    }
    const auto outward = encode(input, input.size() + 1);
    VERIFY(outward == encode(input, 1) && outward == encode(input, 3));
    smtp::DataDecoder next({.size = 1 << 30, .header = 1 << 30, .header_fields = 1 << 30, .line = 998});
    std::string message;
    VERIFY(next.decode(outward, message) == outward.size() && next.at_end());
    const auto fault = next.content().fault();
    VERIFY(!fault || fault == smtp::ContentFault::Nul);
}
