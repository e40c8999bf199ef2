#include "acmed/proofs.h"

#include "crypto/certify.h"
#include "crypto/digest.h"
#include "lang/verify.h"

namespace acmed {
namespace {

constexpr std::string_view folder = "/.well-known/acme-challenge/";
constexpr std::chrono::days life{1};

}  // namespace

/// The keys are made here for this moment and are good for nothing else, so they are signed with on the spot.
struct Proofs::Alpn final : tls::Signer {
    void sign(tls::ToSign what, Done done) override {
        const auto found = keys.find(what.key);
        done(found == keys.end() ? std::nullopt : found->second.sign(what.scheme, what.content));
    }

    std::map<tls::KeyId, tls::PrivateKey> keys;
    std::vector<tls::Certificate> certificates;
    tls::TicketKeys no_tickets;
    std::optional<tls::Server> server;
};

void Proofs::add(const acme::Prepare& proof, std::chrono::sys_seconds now) {
    if (proof.type == acme::ChallengeType::Http01) {
        files_[proof.token] = proof.key_authorization;
        elsewhere_.show(proof.token, proof.key_authorization);
    }
    if (proof.type == acme::ChallengeType::TlsAlpn01) add_certificate(proof, now);
}

void Proofs::clear() {
    files_.clear();
    elsewhere_.hide();
    pairs_.clear();
    server_.reset();
}

void Proofs::show_again() const {
    for (const auto& [token, content] : files_) elsewhere_.show(token, content);
}

// RFC 8737 §3: for each name a certificate of its own, which the client chooses by SNI.
void Proofs::add_certificate(const acme::Prepare& proof, std::chrono::sys_seconds now) {
    const auto key = crypto::SigningKey::make(crypto::SigningKey::Kind::P256);
    const auto digest = crypto::digest(crypto::Digest::Sha256, proof.key_authorization);
    pairs_[proof.name] = key.to_pem() + crypto::self_signed(key, {proof.name}, {now - life, now + life}, digest);
    const auto all = std::make_shared<Alpn>();
    for (const auto& [name, pem] : pairs_) {
        auto certificate = tls::Certificate::parse(pem);
        auto private_key = tls::PrivateKey::parse(pem);
        VERIFY(certificate && private_key);
        const auto id = private_key->id();
        all->keys.emplace(id, *std::move(private_key));
        all->certificates.push_back(*std::move(certificate));
    }
    const tls::Service service{.name = "acme", .alpn = {"acme-tls/1"}};
    all->server.emplace(service, all->certificates, *all, all->no_tickets);
    server_ = std::shared_ptr<const tls::Server>(all, &*all->server);
}

std::optional<std::string> Proofs::file(std::string_view path) const {
    if (!path.starts_with(folder)) return std::nullopt;
    const auto found = files_.find(path.substr(folder.size()));
    if (found == files_.end()) return std::nullopt;
    return found->second;
}

}  // namespace acmed
