#include "sasl/scram.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "lang/verify.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/cursor.h"
#include "text/utf8.h"

namespace sasl {
namespace {

using text::Cursor;

bool is_value_octet(char c) { return c != ',' && c != '\0'; }
bool is_binding_name_octet(char c) { return text::is_alphanumeric(c) || c == '.' || c == '-'; }
// printable = %x21-2B / %x2D-7E                                                   RFC 5802 §7
bool is_nonce_octet(char c) { return text::is_graphic(c) && c != ','; }

// saslname = 1*(value-safe-char / "=2C" / "=3D")                                  RFC 5802 §7
std::optional<std::string> parse_saslname(std::string_view text) {
    std::string name;
    for (Cursor in(text); !in.at_end();) {
        name += in.take_while([](char c) { return c != '='; });
        if (in.at_end()) break;
        const auto escape = in.take_bytes(3);
        if (escape != "=2C" && escape != "=3D") return std::nullopt;
        name += escape == "=2C" ? ',' : '=';
    }
    if (name.empty() || !text::is_utf8(name)) return std::nullopt;
    return name;
}

std::string to_saslname(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == ',')
            text += "=2C";
        else if (c == '=')
            text += "=3D";
        else
            text += c;
    }
    return text;
}

/// "x=value", and the comma behind it where there is one.
std::optional<std::string_view> take_attribute(Cursor& in, char name) {
    if (in.peek() != name) return std::nullopt;
    in.take(name);
    if (!in.take('=')) return std::nullopt;
    const auto value = in.take_while(is_value_octet);
    if (!in.at_end() && !in.take(',')) return std::nullopt;
    return value;
}

std::optional<std::string> take_nonce(Cursor& in) {
    const auto nonce = take_attribute(in, 'r');
    if (!nonce || nonce->empty() || !std::ranges::all_of(*nonce, is_nonce_octet)) return std::nullopt;
    return std::string(*nonce);
}

std::optional<std::string> take_octets(Cursor& in, char name) {
    const auto value = take_attribute(in, name);
    return value ? text::parse_base64(*value) : std::nullopt;
}

// extensions = attr-val *("," attr-val): what we do not know is passed over.
bool are_extensions(Cursor& in) {
    while (!in.at_end()) {
        if (!text::is_letter(in.peek()) || in.peek() == 'm') return false;
        if (!take_attribute(in, in.peek())) return false;
    }
    return true;
}

// gs2-cbind-flag = ("p=" cb-name) / "n" / "y"                                     RFC 5802 §7
bool take_binding(Cursor& in, ClientFirst& message) {
    if (in.take('n'))
        message.binding = ClientFirst::Binding::None;
    else if (in.take('y'))
        message.binding = ClientFirst::Binding::NotOffered;
    else if (in.take('p') && in.take('=')) {
        message.binding = ClientFirst::Binding::Used;
        message.binding_name = in.take_while(is_binding_name_octet);
        if (message.binding_name.empty()) return false;
    } else
        return false;
    return in.take(',');
}

// gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","                           RFC 5802 §7
bool take_gs2_header(Cursor& in, ClientFirst& message) {
    if (!take_binding(in, message)) return false;
    if (in.take(',')) return true;
    const auto authorization = take_attribute(in, 'a');
    auto name = authorization ? parse_saslname(*authorization) : std::nullopt;
    if (!name) return false;
    message.authorization = std::move(*name);
    return true;
}

}  // namespace

ScramKeys derive_keys(crypto::Digest digest, std::string_view password, std::string salt, std::uint32_t iterations) {
    const auto salted = crypto::pbkdf2(digest, password, salt, iterations);
    return {.salt = std::move(salt),
            .iterations = iterations,
            .stored_key = crypto::digest(digest, crypto::hmac(digest, salted, "Client Key")),
            .server_key = crypto::hmac(digest, salted, "Server Key")};
}

ScramKeys keys_of_nobody(crypto::Digest digest, std::string_view user, std::string_view secret,
                         std::uint32_t iterations) {
    constexpr std::size_t salt_length = 16;
    const auto made = [&](std::string_view what) {
        return crypto::hmac(digest, secret, std::string(what) + '\0' + std::string(user));
    };
    return {.salt = made("salt").substr(0, salt_length),
            .iterations = iterations,
            .stored_key = made("stored"),
            .server_key = made("server")};
}

std::optional<ClientFirst> parse_client_first(std::string_view text) {
    Cursor in(text);
    ClientFirst message;
    if (!take_gs2_header(in, message)) return std::nullopt;
    const auto user = take_attribute(in, 'n');  // "m=" here is an extension that nobody may pass over
    auto name = user ? parse_saslname(*user) : std::nullopt;
    if (!name) return std::nullopt;
    message.user = std::move(*name);
    auto nonce = take_nonce(in);
    if (!nonce || !are_extensions(in)) return std::nullopt;
    message.nonce = std::move(*nonce);
    return message;
}

std::optional<ServerFirst> parse_server_first(std::string_view text) {
    Cursor in(text);
    auto nonce = take_nonce(in);
    auto salt = take_octets(in, 's');
    const auto digits = take_attribute(in, 'i');
    if (!nonce || !salt || !digits || !are_extensions(in)) return std::nullopt;
    ServerFirst message{std::move(*nonce), std::move(*salt), 0};
    const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), message.iterations);
    if (error != std::errc() || end != digits->data() + digits->size() || message.iterations == 0) return std::nullopt;
    return message;
}

std::optional<ClientFinal> parse_client_final(std::string_view text) {
    Cursor in(text);
    auto header = take_octets(in, 'c');
    auto nonce = take_nonce(in);
    if (!header || !nonce) return std::nullopt;
    while (!in.at_end() && in.peek() != 'p')
        if (!text::is_letter(in.peek()) || in.peek() == 'm' || !take_attribute(in, in.peek())) return std::nullopt;
    auto proof = take_octets(in, 'p');
    if (!proof || !in.at_end() || text.ends_with(',')) return std::nullopt;
    return ClientFinal{std::move(*header), std::move(*nonce), std::move(*proof)};
}

std::optional<ServerFinal> parse_server_final(std::string_view text) {
    Cursor in(text);
    ServerFinal message;
    if (in.peek() == 'e') {
        const auto error = take_attribute(in, 'e');
        if (!error || error->empty() || !are_extensions(in)) return std::nullopt;
        message.error = *error;
        return message;
    }
    auto signature = take_octets(in, 'v');
    if (!signature || !are_extensions(in)) return std::nullopt;
    message.signature = std::move(*signature);
    return message;
}

std::string gs2_header(const ClientFirst& message) {
    std::string text;
    switch (message.binding) {
        case ClientFirst::Binding::None: text = "n,"; break;
        case ClientFirst::Binding::NotOffered: text = "y,"; break;
        case ClientFirst::Binding::Used: text = "p=" + message.binding_name + ","; break;
    }
    if (!message.authorization.empty()) text += "a=" + to_saslname(message.authorization);
    return text + ",";
}

std::string to_text(const ClientFirst& message) {
    return fmt::format("{}n={},r={}", gs2_header(message), to_saslname(message.user), message.nonce);
}
std::string to_text(const ServerFirst& message) {
    return fmt::format("r={},s={},i={}", message.nonce, text::to_base64(message.salt), message.iterations);
}
std::string to_text(const ClientFinal& message) {
    return fmt::format("c={},r={},p={}", text::to_base64(message.header), message.nonce,
                       text::to_base64(message.proof));
}
std::string to_text(const ServerFinal& message) {
    return message.error.empty() ? "v=" + text::to_base64(message.signature) : "e=" + message.error;
}

std::string_view bare(std::string_view client_first) {
    Cursor in(client_first);
    ClientFirst message;
    VERIFY(take_gs2_header(in, message));
    return in.rest();
}

std::string_view without_proof(std::string_view client_final) {
    return client_final.substr(0, client_final.rfind(",p="));
}

std::string combine(std::string_view a, std::string_view b) {
    VERIFY(a.size() == b.size());
    std::string combined(a);
    for (std::size_t i = 0; i < combined.size(); ++i) combined[i] = static_cast<char>(combined[i] ^ b[i]);
    return combined;
}

}  // namespace sasl
