#pragma once
// By what the owner of an account can prove who he is. directory reads it; nothing of it goes to another process.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sasl/scram.h"

namespace accounts {

/// Bits: what an app password may be used for.
enum class Use : std::uint32_t { Smtp = 1 << 0, Pop3 = 1 << 1 };
constexpr std::uint32_t every_use = static_cast<std::uint32_t>(Use::Smtp) | static_cast<std::uint32_t>(Use::Pop3);

/// A password that was made for one program: checked like the account's own, but only for its uses and until it
/// expires. Programs that use SCRAM cannot use one, as they do not say which it is.
struct AppPassword {
    std::int64_t id = 0;
    std::string name;  // "phone"
    std::string hash;
    std::uint32_t uses = every_use;
    std::int64_t created = 0;
    std::int64_t expires = 0;    // seconds since 1970; 0: never
    std::int64_t last_used = 0;  // 0: never; exact to some minutes

    bool may(Use use, std::int64_t now) const {
        return (uses & static_cast<std::uint32_t>(use)) != 0 && (expires == 0 || now < expires);
    }
    bool operator==(const AppPassword&) const = default;
};

struct Credentials {
    bool is_disabled = false;  // nobody logs in, whatever the password
    std::string hash;          // for passwords::verify(); empty: there is no password
    std::optional<sasl::ScramKeys> scram_sha_256;
    std::optional<sasl::ScramKeys> scram_sha_1;
    std::string secret;  // the password itself, for APOP and CRAM-MD5, where the account was made so; mostly empty
    std::vector<AppPassword> app_passwords;
    std::string version = {};  // where the password does not show: another text once it has changed

    bool operator==(const Credentials&) const = default;
};

}  // namespace accounts
