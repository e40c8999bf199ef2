#include "passwords/stored_scram.h"

#include <fmt/format.h>

#include <charconv>

#include "text/base64.h"

namespace passwords {
namespace {

/// Up to `end`, which is taken too.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const auto taken = text.substr(0, at);
    text.remove_prefix(at + 1);
    return taken;
}

std::optional<crypto::Digest> digest_named(std::string_view name) {
    if (name == "SCRAM-SHA-256") return crypto::Digest::Sha256;
    if (name == "SCRAM-SHA-1") return crypto::Digest::Sha1;
    return std::nullopt;
}

}  // namespace

// authPassword = scheme "$" iterations ":" salt "$" stored-key ":" server-key            RFC 5803 §3
std::optional<StoredScram> parse_stored_scram(std::string_view text) {
    const auto scheme = take_until(text, '$');
    const auto iterations = scheme ? take_until(text, ':') : std::nullopt;
    const auto salt = iterations ? take_until(text, '$') : std::nullopt;
    const auto stored_key = salt ? take_until(text, ':') : std::nullopt;
    if (!stored_key) return std::nullopt;
    const auto digest = digest_named(*scheme);
    auto plain_salt = text::parse_base64(*salt), plain_stored = text::parse_base64(*stored_key),
         plain_server = text::parse_base64(text);
    if (!digest || !plain_salt || !plain_stored || !plain_server) return std::nullopt;
    StoredScram stored{.digest = *digest,
                       .keys = {.salt = *std::move(plain_salt),
                                .iterations = 0,
                                .stored_key = *std::move(plain_stored),
                                .server_key = *std::move(plain_server)}};
    const auto [end, error] =
        std::from_chars(iterations->data(), iterations->data() + iterations->size(), stored.keys.iterations);
    const bool is_number = error == std::errc() && end == iterations->data() + iterations->size();
    const auto length = crypto::length_of(*digest);
    if (!is_number || stored.keys.iterations == 0 || stored.keys.iterations > sasl::most_iterations ||
        stored.keys.stored_key.size() != length || stored.keys.server_key.size() != length || stored.keys.salt.empty())
        return std::nullopt;
    return stored;
}

std::string to_text(const StoredScram& stored) {
    const auto& [salt, iterations, stored_key, server_key] = stored.keys;
    return fmt::format("{}${}:{}${}:{}", stored.digest == crypto::Digest::Sha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-1",
                       iterations, text::to_base64(salt), text::to_base64(stored_key), text::to_base64(server_key));
}

}  // namespace passwords
