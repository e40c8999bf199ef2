#include "sasl/client.h"

#include <algorithm>
#include <utility>

#include "sasl/prepare.h"
#include "sasl/scram.h"
#include "text/hex.h"

namespace sasl {
namespace {

constexpr std::string_view channel_name = "tls-exporter";  // RFC 9266 §2

class PlainClient final : public Client {
public:
    explicit PlainClient(ClientCredentials credentials) : credentials_(std::move(credentials)) {}
    std::optional<std::string> first() override {
        return std::string(1, '\0') + credentials_.user + '\0' + credentials_.password;
    }
    std::optional<std::string> on_challenge(std::string_view challenge) override {
        return challenge.empty() ? first() : std::nullopt;
    }
    bool is_satisfied() const override { return true; }

private:
    ClientCredentials credentials_;
};

/// The words of the questions differ from server to server; their order does not.
class LoginClient final : public Client {
public:
    explicit LoginClient(ClientCredentials credentials) : credentials_(std::move(credentials)) {}
    std::optional<std::string> first() override { return std::nullopt; }
    std::optional<std::string> on_challenge(std::string_view) override {
        switch (answered_++) {
            case 0: return credentials_.user;
            case 1: return credentials_.password;
            default: return std::nullopt;
        }
    }
    bool is_satisfied() const override { return answered_ == 2; }

private:
    ClientCredentials credentials_;
    int answered_ = 0;
};

class CramClient final : public Client {
public:
    explicit CramClient(ClientCredentials credentials) : credentials_(std::move(credentials)) {}
    std::optional<std::string> first() override { return std::nullopt; }
    std::optional<std::string> on_challenge(std::string_view challenge) override {
        if (challenge.empty() || std::exchange(has_answered_, true)) return std::nullopt;
        return credentials_.user + ' ' +
               text::to_hex(crypto::hmac(crypto::Digest::Md5, credentials_.password, challenge));
    }
    bool is_satisfied() const override { return has_answered_; }

private:
    ClientCredentials credentials_;
    bool has_answered_ = false;
};

class ScramClient final : public Client {
public:
    ScramClient(crypto::Digest digest, ClientCredentials credentials, bool binds_channel)
        : digest_(digest), password_(std::move(credentials.password)) {
        using enum ClientFirst::Binding;
        first_.user = std::move(credentials.user);
        first_.nonce = std::move(credentials.nonce);
        if (!credentials.channel.empty()) first_.binding = binds_channel ? Used : NotOffered;
        if (!binds_channel) return;
        first_.binding_name = channel_name;
        channel_ = std::move(credentials.channel);
    }
    std::optional<std::string> first() override { return to_text(first_); }
    std::optional<std::string> on_challenge(std::string_view challenge) override {
        switch (heard_++) {
            case 0: return challenge.empty() ? (heard_ = 0, first()) : prove(challenge);
            case 1: return check(challenge);
            default: return std::nullopt;
        }
    }
    bool is_satisfied() const override { return is_satisfied_; }

private:
    std::optional<std::string> prove(std::string_view challenge);
    std::optional<std::string> check(std::string_view challenge);

    crypto::Digest digest_;
    std::string password_;
    std::string channel_;  // where it is bound
    ClientFirst first_;
    int heard_ = 0;
    std::string server_signature_;
    bool is_satisfied_ = false;
};

// RFC 5802 §3. Hostile: the server may know nothing, and want us to reckon for ever or to show our proof for few
// iterations, which are soon tried.
std::optional<std::string> ScramClient::prove(std::string_view challenge) {
    const auto message = parse_server_first(challenge);
    if (!message || !message->nonce.starts_with(first_.nonce) || message->nonce.size() == first_.nonce.size())
        return std::nullopt;
    if (message->iterations < least_iterations || message->iterations > most_iterations) return std::nullopt;
    const auto salted = crypto::pbkdf2(digest_, password_, message->salt, message->iterations);
    const auto client_key = crypto::hmac(digest_, salted, "Client Key");
    ClientFinal final{gs2_header(first_) + channel_, message->nonce, "proof"};
    const auto text = to_text(first_);
    std::string auth_message(bare(text));
    auth_message.append(",").append(challenge).append(",").append(without_proof(to_text(final)));
    final.proof = combine(client_key, crypto::hmac(digest_, crypto::digest(digest_, client_key), auth_message));
    server_signature_ = crypto::hmac(digest_, crypto::hmac(digest_, salted, "Server Key"), auth_message);
    return to_text(final);
}

std::optional<std::string> ScramClient::check(std::string_view challenge) {
    const auto message = parse_server_final(challenge);
    if (!message || !message->error.empty() || !crypto::are_equal(message->signature, server_signature_))
        return std::nullopt;
    is_satisfied_ = true;
    return std::string();
}

ClientCredentials prepared(ClientCredentials credentials) {
    if (credentials.names == ClientCredentials::Names::AsTheyAre) return credentials;
    for (auto* text : {&credentials.user, &credentials.password})
        if (auto form = prepare(*text)) *text = std::move(*form);
    return credentials;
}

}  // namespace

std::optional<Mechanism> choose(std::span<const std::string> offered, std::span<const Mechanism> allowed,
                                Connection connection) {
    for (const auto mechanism : client_mechanisms) {
        if (!fits(mechanism, connection) || std::ranges::find(allowed, mechanism) == allowed.end()) continue;
        if (std::ranges::find(offered, name(mechanism)) != offered.end()) return mechanism;
    }
    return std::nullopt;
}

std::unique_ptr<Client> make_client(Mechanism mechanism, ClientCredentials credentials) {
    if (binds_channel(mechanism) && credentials.channel.empty()) return nullptr;
    switch (mechanism) {
        case Mechanism::ScramSha256Plus:
        case Mechanism::ScramSha256:
        case Mechanism::ScramSha1Plus:
        case Mechanism::ScramSha1:
            return std::make_unique<ScramClient>(*scram_digest(mechanism), prepared(std::move(credentials)),
                                                 binds_channel(mechanism));
        case Mechanism::CramMd5: return std::make_unique<CramClient>(prepared(std::move(credentials)));
        case Mechanism::Plain: return std::make_unique<PlainClient>(prepared(std::move(credentials)));
        case Mechanism::Login: return std::make_unique<LoginClient>(prepared(std::move(credentials)));
        default: return nullptr;
    }
}

std::unique_ptr<Client> make_scram_client(crypto::Digest digest, ClientCredentials credentials) {
    return std::make_unique<ScramClient>(digest, prepared(std::move(credentials)), /*binds_channel=*/false);
}

}  // namespace sasl
