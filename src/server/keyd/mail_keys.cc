#include "keyd/mail_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "lang/defer.h"

namespace keyd {
namespace {

constexpr std::size_t most_unsent = 64 * 1024;

std::string_view text_of(const std::array<std::uint8_t, 32>& octets) {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

DigestId id_of(const crypto::DigestSigner& key) {
    const auto octets = crypto::digest(crypto::Digest::Sha256, key.public_octets());
    DigestId id{};
    std::ranges::copy(octets, id.begin());
    return id;
}

}  // namespace

std::vector<std::string> MailKeys::read(const std::vector<process::Secret>& files, const Keys& of_tls) {
    std::vector<std::string> problems;
    keys_.clear();
    for (const auto& [index, file] : files) {
        if (index < process::Secret::signing) continue;
        std::string text = keyd::text_of(file);
        const Defer wiped([&text] { crypto::wipe(text); });
        const auto complain = [&](std::string_view problem) {
            problems.push_back(
                fmt::format("signing key file number {} {}", index - process::Secret::signing + 1, problem));
        };
        auto key = crypto::DigestSigner::parse(text);
        if (!key) {
            complain(key.error());
            continue;
        }
        const auto as_tls = tls::PrivateKey::parse(text);
        if (as_tls && of_tls.has(as_tls->id()))
            complain("is the key of a certificate, and signs no mail");
        else
            keys_.insert_or_assign(id_of(*key), *std::move(key));
    }
    return problems;
}

std::optional<std::string> MailKeys::sign(const DigestId& id, std::string_view digest) const {
    const auto key = keys_.find(id);
    return key == keys_.end() ? std::nullopt : std::optional(key->second.sign(digest));
}

void MailDesk::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(
        context_, std::move(socket),
        Link::Handlers{.on_message = [this](FromPolicyd message) { answer(std::get<SignDigest>(message)); },
                       .on_gone = [this](const std::string&) { link_.reset(); }},
        longest_digest_request);
    link_->hold_back_at(most_unsent);
}

void MailDesk::answer(const SignDigest& request) {
    link_->send(policyd::DigestSigned{.ticket = request.ticket,
                                      .signature = keys_.sign(request.key, text_of(request.digest)).value_or("")});
}

}  // namespace keyd
