#pragma once
// Logging in at a server that wants it before it takes mail from us: AUTH, the client's side. RFC 4954 §4.
//
// Pure. The rules that must hold: nothing by which the password could be learnt goes over a connection in the clear
// unless that is allowed; a server that has to prove itself (SCRAM, RFC 5802 §3) and does not is no server to log in
// at, whatever it says.

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sasl/client.h"
#include "smtp/reply.h"

namespace smtp {

/// RFC 4954 §4: of the AUTH command with its initial response, line end included.
constexpr std::size_t longest_auth_command = 12'288;

/// Who we are to that server.
struct LoginSettings {
    std::string user;
    std::string password;
    std::vector<sasl::Mechanism> mechanisms;  // that may be used
    bool may_be_in_clear = false;
    std::string nonce;  // printable ASCII without commas, unpredictable, new for each connection
};

class Login {
public:
    explicit Login(LoginSettings settings) : settings_(std::move(settings)) {}

    /// The first line to say, or why there is none. `channel` as sasl::ClientCredentials has it.
    std::expected<std::string, std::string> begin(const std::vector<std::string>& offered, bool is_encrypted,
                                                  std::string channel);
    /// The next line to say; empty: it is over, see is_done() and why_not().
    std::string on(const Reply& reply);

    bool is_done() const { return is_done_; }
    /// For people, without anything secret.
    const std::string& why_not() const { return why_not_; }
    /// The server has looked at our credentials and does not like them: another host of its will not either.
    bool is_refused() const { return is_refused_; }

private:
    std::string respond(const Reply& reply);
    std::string cancel(std::string why);
    std::string fail(std::string why);
    std::string note_response(const std::string& response);
    std::string text_of(const Reply& reply) const;

    LoginSettings settings_;
    std::string mechanism_;
    std::unique_ptr<sasl::Client> client_;
    std::string last_response_;  // in base64
    int challenges_ = 0;
    bool is_cancelled_ = false;
    bool is_done_ = false;
    bool is_refused_ = false;
    std::string why_not_;
};

}  // namespace smtp
