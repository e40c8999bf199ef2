#pragma once
// Credentials of those whose passwords others look at: users of this system, whom PAM knows, and accounts that a
// checkpassword program knows. Who they are says the resolver: everybody whose mailbox is here and in the settings.
//
// Hostile: who has no mailbox here is asked about as well, by a name that nobody has. So neither the time that it takes
// nor a "later" tells who exists.
//
// There are no keys for SCRAM, no secrets, and no sign that a password was changed: a login holds until the mailbox is
// gone or another's.

#include <optional>
#include <string>
#include <string_view>

#include "directory/credentials.h"
#include "directory/verifier.h"
#include "site/login.h"

namespace directory {

class VerifiedCredentials final : public Credentials {
public:
    /// `hostname`: of users without a domain. `verifier` and `mailboxes` outlive it.
    VerifiedCredentials(site::Login login, std::string hostname, Verifier& verifier, Mailboxes& mailboxes);

    std::expected<bool, Unavailable> knows(std::string_view user) override;
    Looked<Identity> check(std::string_view user, std::string_view password, Purpose purpose) override;
    Looked<Identity> identify(std::string_view user, Purpose purpose) override;
    Looked<sasl::ScramKeys> scram_keys(std::string_view, crypto::Digest, Purpose) override { return std::nullopt; }
    Looked<std::string> secret(std::string_view, Purpose) override { return std::nullopt; }

private:
    /// Somebody or nobody, and who is to be asked about him.
    struct Known {
        std::optional<Identity> identity;
        std::optional<authd::Check>
            question;  // about that account, or about one that nobody has; none: he cannot be here
    };
    std::expected<Known, Unavailable> find(std::string_view user);
    std::optional<std::uint64_t> program_for(std::string_view domain) const;

    site::Login login_;
    std::string hostname_;
    Verifier& verifier_;
    Mailboxes& mailboxes_;
};

}  // namespace directory
