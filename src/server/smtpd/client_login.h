#pragma once
// Who the client of one session is, once it has logged in (RFC 4954), and what it may do then (RFC 6409 §6).
//
// What the words of an exchange mean is decided in directory, where the secrets are; here they are only carried.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "login/desk.h"
#include "site/login.h"
#include "smtp/receiver.h"
#include "tls/stream.h"

namespace smtpd {

class ClientLogin {
public:
    /// Where clients may log in, and whether they must.
    enum class Offer : std::uint8_t { None, Optional, Required };

    ClientLogin(const site::Login& settings, login::Desk& desk, Offer offer, smtp::Encryption encryption)
        : settings_(settings), desk_(desk), offer_(offer), encryption_(encryption) {}

    /// `secure`: nullptr while the connection is in the clear. Whoever logged in before is forgotten.
    smtp::Authentication on_connection(const tls::Stream* secure);

    net::Task<smtp::LoginStep> begin(smtp::AskLogin ask, std::string client);
    net::Task<smtp::LoginStep> go_on(std::string response);
    /// The client has given up, if it had not finished.
    void give_up() { attempt_.reset(); }

    bool is_logged_in() const { return !account_.empty(); }
    const std::string& account() const { return account_; }
    /// A mailbox of the account.
    const std::string& address() const { return address_; }

    /// May the account send in these names; and, where `recipients` is not 0, a message to so many now?
    net::Task<smtp::Reply> may_send(std::vector<std::string> addresses, std::uint32_t recipients);

private:
    smtp::LoginStep take(directory::LoginStep step);
    std::vector<std::string> names(sasl::Connection connection) const;

    const site::Login& settings_;
    login::Desk& desk_;
    Offer offer_;
    smtp::Encryption encryption_;
    bool is_encrypted_ = false;
    std::string channel_;
    std::string certificate_;  // whose the client has shown, if it is believed
    std::optional<login::Attempt> attempt_;
    std::string account_;
    std::string address_;
    std::uint64_t stamp_ = 0;
};

}  // namespace smtpd
