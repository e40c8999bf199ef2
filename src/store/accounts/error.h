#pragma once
// Why the directory's database did not do what it was asked for.

#include <cstdint>
#include <string>
#include <string_view>

namespace accounts {

struct Error {
    enum class Code : std::uint8_t {
        Busy,       // another writer has it
        Damaged,    // or no database at all
        Forbidden,  // no access to the file or its folder
        Full,       // the disk
        Newer,      // made by a Hermod that is newer than this one
        Exists,
        Failed,
    };
    Code code = Code::Failed;
    std::string detail;  // for the log and for people

    bool operator==(const Error&) const = default;
};
std::string_view describe(Error::Code code);
std::string to_text(const Error& error);

}  // namespace accounts
