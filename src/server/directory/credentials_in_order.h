#pragma once
// Several sources of accounts as one: each user is the first one's that knows him, of those that have his domain.
//
// Hostile: a source that cannot say now is not passed over, or whoever stops it would have a user be somebody else's.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "directory/credentials.h"

namespace directory {

class CredentialsInOrder final : public Credentials {
public:
    struct Source {
        std::vector<std::string> domains;  // A-labels; empty: all
        std::unique_ptr<Credentials> credentials;
    };

    /// In this order. At least one has all domains. `hostname`: of users without a domain.
    CredentialsInOrder(std::string hostname, std::vector<Source> sources);

    std::expected<bool, Unavailable> knows(std::string_view user) override;
    Looked<Identity> check(std::string_view user, std::string_view password, Purpose purpose) override;
    Looked<Identity> identify(std::string_view user, Purpose purpose) override;
    Looked<sasl::ScramKeys> scram_keys(std::string_view user, crypto::Digest digest, Purpose purpose) override;
    Looked<std::string> secret(std::string_view user, Purpose purpose) override;

private:
    std::expected<Credentials*, Unavailable> whose(std::string_view user);

    std::string hostname_;
    std::vector<Source> sources_;
};

}  // namespace directory
