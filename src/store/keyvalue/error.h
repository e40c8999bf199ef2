#pragma once
// Why a store of keys and values did not do what it was asked for. Whoever judges mail by it judges without it then:
// none of these is a reason to hold mail up.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace keyvalue {

struct Error {
    enum class Code : std::uint8_t {
        Full,       // the bound of its size is reached, or the disk
        Damaged,    // or no store at all
        Locked,     // somebody else writes, and took longer than our patience
        Foreign,    // a store of another kind or version: never written to
        Forbidden,  // no access to the file or its folder
        Absent,     // opened for reading, and there is none
        Unfit,      // a key that is empty or longer than longest_key, or a value longer than longest_value
        Failed,
    };
    Code code = Code::Failed;
    std::string detail;  // for the log and for people

    bool operator==(const Error&) const = default;
};
std::string_view describe(Error::Code code);
std::string to_text(const Error& error);

template <typename T = void>
using Result = std::expected<T, Error>;

}  // namespace keyvalue
