#pragma once
// Who keeps what accounts prove themselves by: the directory's database, or a source outside.

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "accounts/credentials.h"
#include "accounts/records.h"

namespace accounts {

class Keeper {
public:
    virtual ~Keeper() = default;

    /// Of an account that exists. `account`: "ann@virtual.example", canonical.
    virtual Found<Credentials> credentials(std::string_view account) = 0;
    /// Where the keeper alone can tell a right password (LDAP: by binding): whether it is one. None: by what
    /// credentials() says.
    virtual std::optional<std::expected<bool, Error>> check(std::string_view /*account*/,
                                                            std::string_view /*password*/) {
        return std::nullopt;
    }
    virtual void note_use(const AppPassword&, std::int64_t /*now*/) {}
};

}  // namespace accounts
