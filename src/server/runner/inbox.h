#pragma once
// What runner is asked to do: run one program of one user, with one message on its standard input; or the hook of
// [acme]. Nothing else under server/runner may be included from outside. The answer is deliver::Ended, exactly one for
// each Run, or acmed::HookEnded for each Hook.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "file/descriptor.h"

namespace runner {

struct Run {
    std::uint64_t ticket = 0;
    std::string command;  // as it stands in the user's instructions, without "|"
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home;
    std::vector<std::string> environment;  // "NAME=value"
    std::string octets;                    // the message
    file::Descriptor blob;
    std::uint64_t size = 0;
    bool operator==(const Run&) const = default;
};
constexpr auto fields(const Run*) {
    return std::tuple{&Run::ticket,      &Run::command, &Run::uid,  &Run::gid, &Run::home,
                      &Run::environment, &Run::octets,  &Run::blob, &Run::size};
}

using FromDeliver = std::variant<Run>;

/// The program is the one that the configuration names, and nobody can name another: who broke into acmed runs nothing
/// but this, with these words.
struct Hook {
    std::uint64_t ticket = 0;
    bool adds = true;   // else removes
    std::string name;   // of the TXT record: "_acme-challenge.example.org"
    std::string value;  // base64url
    bool operator==(const Hook&) const = default;
};
constexpr auto fields(const Hook*) { return std::tuple{&Hook::ticket, &Hook::adds, &Hook::name, &Hook::value}; }

using FromAcmed = std::variant<Hook>;

}  // namespace runner
