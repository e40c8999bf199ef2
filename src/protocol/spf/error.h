#pragma once
// Why a published record, or a rule of our own, cannot be used. To the sender all are one permerror (RFC 7208 §2.6.7);
// the log, and a report to the domain's postmaster, say what to mend and where.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spf {

struct Error {
    enum class Code : std::uint8_t {
        NotSpf,           // it does not begin with "v=spf1"
        BadCharacter,     // outside printable ASCII
        UnknownTerm,      // neither a mechanism nor a modifier
        UnexpectedValue,  // "all:example.org"
        MissingDomain,    // "include", "exists:"
        BadDomain,        // no valid top label: "a:192.0.2.1", "a:museum"
        BadMacro,         // "%" gone wrong, an unknown letter, a letter that only explanations may use
        BadAddress,
        BadPrefixLength,
        BadModifier,
        RepeatedModifier,  // redirect= or exp= twice
    };
    Code code;
    std::size_t offset;  // in the text where reading stopped

    bool operator==(const Error&) const = default;
};
std::string_view describe(Error::Code code);

}  // namespace spf
