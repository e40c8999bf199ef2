#pragma once
// Accounts in a directory server. RFC 4511, 4513, 4515; hashes as RFC 2307 has them, keys for SCRAM as RFC 5803.
//
// The account is found by a filter, as a user of our own; its password is checked by binding as the account, in a
// connection beside, or by the hash of an attribute. Referrals are not followed: the sandbox would not let us, and
// whoever is named there would hear passwords.

#include <ldap.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/descriptor.h"
#include "sources/remote.h"

namespace sources {

class Ldap final : public Remote {
public:
    Ldap(const Terms& terms, const clocks::Clock& clock) : Remote(terms, clock) {}

    accounts::Found<accounts::Account> account(std::string_view address) override;
    accounts::Found<accounts::Alias> alias(std::string_view) override { return std::nullopt; }
    accounts::Found<accounts::Credentials> credentials(std::string_view account) override;
    std::optional<std::expected<bool, accounts::Error>> check(std::string_view account,
                                                              std::string_view password) override;

private:
    struct Unbinds {
        void operator()(LDAP* connection) const { ::ldap_unbind_ext(connection, nullptr, nullptr); }
    };
    using Connection = std::unique_ptr<LDAP, Unbinds>;
    struct Entry {
        std::string dn;
        bool is_disabled = false;
        std::vector<std::pair<std::string, std::vector<std::string>>> attributes;

        const std::vector<std::string>& values(std::string_view attribute) const;
        std::string first(std::string_view attribute) const;
    };
    template <typename T>
    using Or = std::expected<T, accounts::Error>;

    Or<file::Descriptor> connect_socket(const Endpoint& endpoint, Deadline deadline) const;
    Or<Connection> connect(const Endpoint& endpoint, Deadline deadline) const;
    Or<Connection> open(Deadline deadline) const;
    Or<void> encrypt(LDAP* connection) const;
    void set_time(LDAP* connection, Deadline deadline) const;
    Or<bool> bind(LDAP* connection, const std::string& dn, std::string_view password, Deadline deadline) const;
    Or<void> ensure_open(Deadline deadline);
    Or<std::vector<Entry>> search(const std::string& base, int scope, const std::string& filter, Deadline deadline);
    Or<std::vector<Entry>> search_once(const std::string& base, int scope, const std::string& filter,
                                       Deadline deadline);
    Or<std::vector<Entry>> entries_in(LDAPMessage* found) const;
    Or<std::optional<Entry>> find(std::string_view address, Deadline deadline);
    Or<bool> is_password(const std::string& dn, std::string_view password, Deadline deadline);

    Connection connection_;  // bound as the user of the settings
    Connection beside_;      // bound as whoever logged in last
};

}  // namespace sources
