#pragma once
// A question to the DNS and what came of it, as values. Protocol code asks Questions; the resolver, a table or a test
// answers. RFC 1035 §4.1.2, RFC 2308 (no data and no name), RFC 4035 §4.3 (secure, insecure, bogus).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dns/record.h"

namespace dns {

struct Question {
    Name name;
    Type type = Type::A;

    auto operator<=>(const Question&) const = default;
};
std::string to_text(const Question& question);  // "MX example.org"

/// How far the answer can be trusted. The four never blur: a bogus answer is not an insecure one, and a failure says
/// nothing about what exists.
enum class Outcome : std::uint8_t {
    Secure,    // validated from the root down
    Insecure,  // no chain of trust; believed, but good for nothing that rests on DNSSEC
    Bogus,     // validation failed: treat like Failed, never like "does not exist"
    Failed,    // SERVFAIL, REFUSED, time-out, broken packet
};
std::string_view describe(Outcome outcome);

enum class Existence : std::uint8_t {
    Found,   // `records` is not empty
    NoData,  // the name exists, records of this type do not
    NoName,  // NXDOMAIN
};

struct Answer {
    Outcome outcome = Outcome::Failed;
    Existence existence = Existence::NoData;  // means nothing unless is_usable()
    std::vector<Record> records;              // of the type asked for, at the end of any chain of aliases
    Name canonical_name;                      // where that chain ended; the name asked for where there was none
    std::uint32_t ttl = 0;                    // seconds this holds; the smallest on the way
    std::string reason;                       // for the log: why Bogus or Failed

    bool is_usable() const { return outcome == Outcome::Secure || outcome == Outcome::Insecure; }
    bool is_secure() const { return outcome == Outcome::Secure; }
    bool has_records() const { return is_usable() && existence == Existence::Found; }
    bool operator==(const Answer&) const = default;
};

Answer failed(std::string reason);
Answer bogus(std::string reason);

}  // namespace dns
