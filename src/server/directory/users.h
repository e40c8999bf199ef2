#pragma once
// The users of this system, as its name service knows them. A seam: tests have their own.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "clocks/clock.h"

namespace directory {

struct User {
    std::string name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home;
    bool operator==(const User&) const = default;
};

struct Unavailable {};  // the name service cannot say now

class Users {
public:
    using Answer = std::expected<std::optional<User>, Unavailable>;
    virtual ~Users() = default;
    virtual Answer find(const std::string& name) = 0;
};

/// getpwnam. Answers are kept for a few seconds.
/// Hostile: a client that tries names by the thousand costs one look-up a name, and bounded memory.
class SystemUsers final : public Users {
public:
    explicit SystemUsers(const clocks::Clock& clock) : clock_(clock) {}

    Answer find(const std::string& name) override;
    void forget() { known_.clear(); }

private:
    struct Kept {
        std::optional<User> user;
        clocks::Steady until;
    };

    const clocks::Clock& clock_;
    std::unordered_map<std::string, Kept> known_;
};

}  // namespace directory
