#pragma once
// What authd is asked: whether a password is that user's, of those who alone can say so. Nothing else under
// server/authd may be included from outside. The answer is directory::Checked, exactly one for each Check.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "directory/inbox.h"

namespace authd {

enum class By : std::uint8_t {
    Pam,      // the modules of login.pam_service
    Program,  // one of login.programs
};

struct Check {
    std::uint64_t ticket = 0;
    By by = By::Pam;
    std::uint64_t program = 0;  // site::id_of()
    std::string user;           // a user of this system; or whatever the program calls him
    std::string password;
    directory::Purpose purpose = directory::Purpose::Submission;
    bool operator==(const Check&) const = default;
};
constexpr auto fields(const Check*) {
    return std::tuple{&Check::ticket, &Check::by, &Check::program, &Check::user, &Check::password, &Check::purpose};
}

using FromDirectory = std::variant<Check>;

}  // namespace authd
