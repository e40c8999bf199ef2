#include "policyd/seal.h"

#include "arc/sealer.h"
#include "policyd/sign.h"

namespace policyd {

std::optional<site::DkimKey> sealing_key(const site::Dkim& dkim, std::string_view domain) {
    for (auto& key : site::signing_keys(dkim, domain))
        if (key.algorithm == to_text(dkim::Algorithm::RsaSha256)) return key;
    return std::nullopt;
}

net::Task<std::string> seal(DigestLine& keyd, const Content& content, const Statement& statement,
                            const site::DkimKey& key, std::int64_t now, std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    const auto left = [until] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    };
    arc::Sealer sealer(
        {.authserv_id = statement.authserv_id, .fields = {}, .timestamp = static_cast<std::uint64_t>(now)});
    sealer.add(statement.head);
    const bool is_read = co_await content.read([&](std::string_view piece) { sealer.add(piece); });
    if (!is_read) co_return "";
    sealer.finish();
    sealer.set_chain(statement.chain);
    if (!sealer.refusal().empty()) co_return "";
    const dkim::Naming naming{key.domain, key.selector, dkim::Algorithm::RsaSha256, ""};
    const auto unsigned_message = sealer.message_signature(naming);
    const auto signature = co_await keyd.sign(id_of(key), unsigned_message.digest, left());
    if (signature.empty()) co_return "";
    const auto message_signature = unsigned_message.complete(signature);
    const auto unsealed = sealer.seal(naming, message_signature);
    const auto sealed = co_await keyd.sign(id_of(key), unsealed.digest, left());
    if (sealed.empty()) co_return "";
    co_return unsealed.complete(sealed) + message_signature + sealer.results();
}

}  // namespace policyd
