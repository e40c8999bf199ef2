#pragma once
// The exchanges one by one; make_exchange() chooses. Each is its RFC's, and only that.

#include <string>
#include <string_view>
#include <utility>

#include "sasl/exchange.h"

namespace sasl {

/// RFC 4616: [authzid] NUL authcid NUL passwd.
class PlainExchange final : public Exchange {
    Step respond(std::string_view response) override;
    Step decide(const Answer& answer) override { return judge(answer); }
};

/// Two questions, in the words that clients wait for. In the wild: some bring the name with the command.
class LoginExchange final : public Exchange {
    std::string greeting() override { return "Username:"; }
    Step respond(std::string_view response) override;
    Step decide(const Answer& answer) override { return judge(answer); }

    bool has_name_ = false;
};

/// RFC 2195, and RFC 1939 §7: a challenge that is never the same, and what the password makes of it.
class CramExchange final : public Exchange {
public:
    enum class Form : std::uint8_t { CramMd5, Apop };
    CramExchange(Form form, Circumstances circumstances) : form_(form), circumstances_(std::move(circumstances)) {}

private:
    std::string greeting() override;
    bool may_begin() const override { return false; }
    Step respond(std::string_view response) override;
    Step decide(const Answer& answer) override;
    std::string digest_with(const std::string& secret);

    Form form_;
    Circumstances circumstances_;
    std::string response_;  // the digest, in hexadecimal
};

/// RFC 4422 App. A: the name to act as, or nothing.
class ExternalExchange final : public Exchange {
public:
    explicit ExternalExchange(Circumstances circumstances) : circumstances_(std::move(circumstances)) {}

private:
    Step respond(std::string_view response) override;
    Step decide(const Answer& answer) override { return judge(answer); }

    Circumstances circumstances_;
};

/// RFC 7628, and what was there before it.
class BearerExchange final : public Exchange {
public:
    enum class Form : std::uint8_t { OauthBearer, Xoauth2 };
    explicit BearerExchange(Form form) : form_(form) {}

private:
    Step respond(std::string_view response) override;
    Step decide(const Answer& answer) override;

    Form form_;
    bool has_failed_ = false;  // the client has yet to hear why, and to say that it did (RFC 7628 §3.2.3)
};

/// RFC 5802. At its end both sides have proved that they know the password, or its keys.
class ScramExchange final : public Exchange {
public:
    ScramExchange(crypto::Digest digest, bool binds_channel, Circumstances circumstances)
        : digest_(digest), binds_channel_(binds_channel), circumstances_(std::move(circumstances)) {}

private:
    enum class Awaiting : std::uint8_t { ClientFirst, Keys, ClientFinal, Nothing };

    Step respond(std::string_view response) override;
    Step decide(const Answer& answer) override;
    Step on_first(std::string_view response);
    Step on_final(std::string_view response);
    std::string binding_flaw(const ClientFirst& message) const;
    bool is_proved_by(std::string_view proof, std::string_view auth_message) const;

    crypto::Digest digest_;
    bool binds_channel_;
    Circumstances circumstances_;

    Awaiting awaiting_ = Awaiting::ClientFirst;
    ClientFirst client_first_;
    std::string client_first_bare_;
    std::string server_first_;
    std::string nonce_;
    ScramKeys keys_;
};

/// The name as it is compared. None: nobody can be called so, and nobody is asked for.
std::optional<std::string> prepared_user(std::string_view name);

}  // namespace sasl
