#pragma once
// Credentials of the accounts that were made by command (accounts::Database).
//
// A user is called by the address of its account; one without a domain is of the host's own. Of the system's users none
// logs in: their passwords are root's to read.

#include <cstdint>
#include <string>
#include <string_view>

#include "accounts/reader.h"
#include "clocks/clock.h"
#include "directory/credentials.h"
#include "passwords/hash.h"

namespace directory {

class AccountCredentials final : public Credentials {
public:
    /// `database`: the directory's file. `hostname`: of users without a domain. `cost`: of the hash that a password is
    /// checked against where there is no account.
    AccountCredentials(const std::string& database, std::string hostname, const passwords::Cost& cost,
                       const clocks::Clock& clock);

    std::expected<bool, Unavailable> knows(std::string_view user) override;
    Looked<Identity> check(std::string_view user, std::string_view password, Purpose purpose) override;
    Looked<Identity> identify(std::string_view user, Purpose purpose) override;
    Looked<sasl::ScramKeys> scram_keys(std::string_view user, crypto::Digest digest, Purpose purpose) override;
    Looked<std::string> secret(std::string_view user, Purpose purpose) override;

private:
    Looked<accounts::Credentials> find(const std::string& account);
    Identity identity(const std::string& account, const accounts::Credentials& credentials) const;
    bool is_right(const accounts::Credentials& credentials, std::string_view password, Purpose purpose);
    std::int64_t now() const;

    accounts::Reader records_;
    std::string hostname_;
    std::string nobodys_hash_;
    const clocks::Clock& clock_;
};

}  // namespace directory
