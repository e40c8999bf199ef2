#include <utility>

#include "lang/verify.h"
#include "sasl/exchanges.h"
#include "sasl/prepare.h"

namespace sasl {
namespace {

constexpr std::string_view channel_name = "tls-exporter";  // RFC 9266 §2
constexpr std::size_t longest_nonce = 256;                 // Hostile: it is sent back twice

}  // namespace

Step ScramExchange::respond(std::string_view response) {
    switch (awaiting_) {
        case Awaiting::ClientFirst: return on_first(response);
        case Awaiting::ClientFinal: return on_final(response);
        case Awaiting::Nothing: return response.empty() ? Step(Success{user_}) : Step(malformed());
        case Awaiting::Keys: break;
    }
    VERIFY(awaiting_ != Awaiting::Keys);
    std::unreachable();
}

/// Why the channel cannot be what this client takes it for; empty: it can. RFC 5802 §6.
std::string ScramExchange::binding_flaw(const ClientFirst& message) const {
    using enum ClientFirst::Binding;
    if (binds_channel_) {
        if (message.binding != Used) return "channel-binding-not-supported";
        if (message.binding_name != channel_name) return "unsupported-channel-binding-type";
        return circumstances_.channel.empty() ? "channel-binding-not-supported" : "";
    }
    if (message.binding == Used) return "channel-binding-not-supported";
    // Hostile: somebody between us took our -PLUS out of the list.
    if (message.binding == NotOffered && circumstances_.offers_binding) return "server-does-support-channel-binding";
    return {};
}

Step ScramExchange::on_first(std::string_view response) {
    auto message = parse_client_first(response);
    if (!message || message->nonce.size() > longest_nonce) return malformed("other-error");
    if (auto flaw = binding_flaw(*message); !flaw.empty()) return rejected(std::move(flaw));
    auto user = prepared_user(message->user);
    if (!user) return rejected("invalid-username-encoding");
    user_ = std::move(*user);
    if (!message->authorization.empty() && prepared_user(message->authorization) != user_)
        return rejected("other-error");
    client_first_bare_ = bare(response);
    client_first_ = std::move(*message);
    awaiting_ = Awaiting::Keys;
    return FindScramKeys{user_, digest_};
}

Step ScramExchange::decide(const Answer& answer) {
    VERIFY(awaiting_ == Awaiting::Keys);
    const auto* keys = std::get_if<std::optional<ScramKeys>>(&answer);
    if (!keys || !*keys) return rejected("unknown-user");
    keys_ = **keys;
    nonce_ = client_first_.nonce + circumstances_.nonce;
    server_first_ = to_text(ServerFirst{nonce_, keys_.salt, keys_.iterations});
    awaiting_ = Awaiting::ClientFinal;
    return Challenge{server_first_};
}

/// RFC 5802 §3: the proof is the client's key under a signature that only StoredKey makes.
bool ScramExchange::is_proved_by(std::string_view proof, std::string_view auth_message) const {
    if (proof.size() != crypto::length_of(digest_)) return false;
    const auto client_key = combine(proof, crypto::hmac(digest_, keys_.stored_key, auth_message));
    return crypto::are_equal(crypto::digest(digest_, client_key), keys_.stored_key);
}

Step ScramExchange::on_final(std::string_view response) {
    const auto message = parse_client_final(response);
    if (!message) return malformed("other-error");
    const auto header = gs2_header(client_first_);
    if (!crypto::are_equal(message->header, binds_channel_ ? header + circumstances_.channel : header))
        return rejected("channel-bindings-dont-match");
    if (message->nonce != nonce_) return rejected("other-error");
    std::string auth_message = client_first_bare_ + ',' + server_first_ + ',';
    auth_message += without_proof(response);
    if (!is_proved_by(message->proof, auth_message)) return rejected("invalid-proof");
    awaiting_ = Awaiting::Nothing;
    return Challenge{to_text(ServerFinal{{}, crypto::hmac(digest_, keys_.server_key, auth_message)})};
}

}  // namespace sasl
