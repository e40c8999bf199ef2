#pragma once
// DNS packets. RFC 1035 §4, RFC 2181 §5 (sets of records), RFC 2308 §5 (how long "no" holds), RFC 6891 §6.1.3.
//
// Hostile: every octet may be chosen by an attacker. Compression pointers only lead backwards and are counted; nothing
// is read past the packet; records are counted before they are kept; a chain of aliases is followed at most eight
// times.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"

namespace dns {

struct WireError {
    enum class Code {
        Truncated,
        BadName,
        CompressionLoop,
        BadData,
        TooManyRecords,
        NotAResponse,
        WrongQuestion,
        TooManyAliases
    };
    Code code;
    std::size_t offset;

    bool operator==(const WireError&) const = default;
};
std::string_view describe(WireError::Code code);

constexpr std::size_t most_records = 1000;
constexpr int most_aliases = 8;

enum class Rcode : std::uint8_t { NoError = 0, FormErr = 1, ServFail = 2, NxDomain = 3, NotImp = 4, Refused = 5 };

struct Packet {
    std::uint16_t id = 0;
    bool is_response = false;
    bool is_truncated = false;
    bool recursion_desired = true;
    bool recursion_available = false;
    bool authentic_data = false;
    Rcode rcode = Rcode::NoError;
    std::vector<Question> questions;  // class IN only
    std::vector<Record> answers;
    std::vector<Record> authority;  // SOA: value stays Opaque

    bool operator==(const Packet&) const = default;
};

std::expected<Packet, WireError> decode(std::string_view packet);
/// Without compression. The receiver of an encoded packet reads the same Packet.
std::string encode(const Packet& packet);

/// A query with EDNS, 1232 octets, DO as asked (RFC 6891, RFC 3225).
std::string encode_query(std::uint16_t id, const Question& question, bool wants_dnssec);

/// What a response says about the question: aliases followed, rcode understood. Never Secure or Bogus: that is for the
/// validator to say. A truncated response is Failed.
std::expected<Answer, WireError> decode_response(std::string_view packet, const Question& question);

}  // namespace dns
