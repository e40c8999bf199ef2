#pragma once
// Credentials of accounts, wherever they are kept: of those that were made by command (accounts::Reader), or of a
// source outside.
//
// A user is called by the address of its account; one without a domain is of the host's own. Of the system's users none
// logs in: their passwords are root's to read.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "accounts/keeper.h"
#include "clocks/clock.h"
#include "directory/credentials.h"
#include "passwords/hash.h"

namespace directory {

class AccountCredentials final : public Credentials {
public:
    using Verify = std::function<passwords::Verdict(std::string_view hash, std::string_view password)>;

    /// `hostname`: of users without a domain. `nobodys_hash`: a password is checked against it where there is no
    /// account. `verify`: a seam; tests count what is reckoned.
    AccountCredentials(std::unique_ptr<accounts::Keeper> keeper, std::string hostname, std::string nobodys_hash,
                       const clocks::Clock& clock, Verify verify = passwords::verify);

    std::expected<bool, Unavailable> knows(std::string_view user) override;
    Looked<Identity> check(std::string_view user, std::string_view password, Purpose purpose) override;
    Looked<Identity> identify(std::string_view user, Purpose purpose) override;
    Looked<sasl::ScramKeys> scram_keys(std::string_view user, crypto::Digest digest, Purpose purpose) override;
    Looked<std::string> secret(std::string_view user, Purpose purpose) override;

private:
    Looked<accounts::Credentials> find(const std::string& account);
    Identity identity(const std::string& account, const accounts::Credentials& credentials) const;
    std::expected<bool, Unavailable> is_right(const std::string& account, const accounts::Credentials& credentials,
                                              std::string_view password, Purpose purpose);
    std::int64_t now() const;

    std::unique_ptr<accounts::Keeper> keeper_;
    std::string hostname_;
    std::string nobodys_hash_;
    const clocks::Clock& clock_;
    Verify verify_;
};

}  // namespace directory
