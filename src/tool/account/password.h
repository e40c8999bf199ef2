#pragma once
// Passwords as a command is told them: by a prompt, or in the first line of standard input. Never as arguments, which
// everybody on the machine can read.

#include <cstdint>
#include <optional>
#include <string>

#include "account/desk.h"
#include "accounts/credentials.h"
#include "site/passwords.h"

namespace account {

/// How a password is kept.
struct Keeping {
    bool is_hash = false;      // what is read is a hash that another server made
    bool is_none = false;      // nothing is read: no password
    bool scram_sha_1 = false;  // keys for that too
    bool store_plain = false;  // itself too, for APOP and CRAM-MD5

    void add_to(CLI::App& app);
};

/// Asks on a terminal, twice, without showing it; else takes the first line. Nothing: there was none.
Result<std::optional<std::string>> read_secret(const std::string& account, bool is_hash);

/// What is kept of it. Takes a while, on purpose.
Result<accounts::Credentials> keep(const std::string& password, const Keeping& keeping,
                                   const site::Passwords& settings);

/// Both together; without a password where none is wanted or given.
Result<accounts::Credentials> read_credentials(const std::string& account, const Keeping& keeping,
                                               const site::Passwords& settings);

}  // namespace account
