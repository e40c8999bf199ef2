#pragma once
// A system with these users, for tests.

#include <map>

#include "directory/users.h"

namespace directory::testing {

class KnownUsers final : public Users {
public:
    Answer find(const std::string& name) override {
        if (is_down) return std::unexpected(Unavailable{});
        const auto found = users.find(name);
        return found == users.end() ? std::optional<User>() : found->second;
    }

    bool is_down = false;
    std::map<std::string, User> users{{"u", {"u", 1001, 1001, "/home/u"}},
                                      {"root", {"root", 0, 0, "/root"}},
                                      {"daemon", {"daemon", 1, 1, "/usr/sbin"}},
                                      {"nobody", {"nobody", 65'534, 65'534, "/nonexistent"}}};
};

}  // namespace directory::testing
