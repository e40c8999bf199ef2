#include "directory/verified_credentials.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "crypto/digest.h"
#include "directory/account_name.h"
#include "text/idna.h"

namespace directory {
namespace {

/// Another one where the account has become another's.
std::uint64_t stamp_of(const std::string& account) {
    std::uint64_t stamp = 0;
    for (const char c : crypto::digest(crypto::Digest::Sha256, "verified\n" + account).substr(0, sizeof stamp))
        stamp = stamp << 8 | static_cast<unsigned char>(c);
    return stamp;
}

}  // namespace

VerifiedCredentials::VerifiedCredentials(site::Login login, std::string hostname, Verifier& verifier,
                                         Mailboxes& mailboxes)
    : login_(std::move(login)), hostname_(std::move(hostname)), verifier_(verifier), mailboxes_(mailboxes) {
    for (auto& program : login_.programs)
        for (auto& domain : program.domains) domain = text::to_a_labels(domain).value_or(domain);
}

std::optional<std::uint64_t> VerifiedCredentials::program_for(std::string_view domain) const {
    for (const auto& program : login_.programs)
        if (program.domains.empty() || std::ranges::find(program.domains, domain) != program.domains.end())
            return site::id_of(program);
    return std::nullopt;
}

Credentials::Looked<VerifiedCredentials::Known> VerifiedCredentials::find(std::string_view user) {
    // What is called so after a login: "ann", a user of this system, or an address.
    const auto address = account_name(user, hostname_);
    if (address.empty()) return std::nullopt;
    const auto owner = mailboxes_.owner(address);
    if (!owner) return std::unexpected(Unavailable{});
    if (!*owner) return std::nullopt;
    Known known{.identity = {.account = **owner, .address = address, .stamp = stamp_of(**owner)}};
    const auto domain = std::string_view(address).substr(address.rfind('@') + 1);
    if (const auto program = program_for(domain)) {
        known.by = authd::By::Program;
        known.program = *program;
        return known;
    }
    const bool is_system_user = !(*owner)->contains('@');
    if (login_.system_users && is_system_user) return known;
    return std::nullopt;
}

std::expected<bool, Unavailable> VerifiedCredentials::knows(std::string_view user) {
    const auto found = find(user);
    if (!found) return std::unexpected(Unavailable{});
    return found->has_value();
}

Credentials::Looked<Identity> VerifiedCredentials::identify(std::string_view user, Purpose) {
    auto found = find(user);
    if (!found) return std::unexpected(Unavailable{});
    if (!*found) return std::nullopt;
    return std::move((*found)->identity);
}

Credentials::Looked<Identity> VerifiedCredentials::check(std::string_view user, std::string_view password,
                                                         Purpose purpose) {
    auto found = find(user);
    if (!found) return std::unexpected(Unavailable{});
    if (!*found) return take_as_long(), std::nullopt;
    const auto began = std::chrono::steady_clock::now();
    const auto verdict = verifier_.check({.by = (*found)->by,
                                          .program = (*found)->program,
                                          .user = (*found)->identity.account,
                                          .password = std::string(password),
                                          .purpose = purpose});
    if (verdict == Checked::Verdict::Later) return std::unexpected(Unavailable{});
    if (verdict == Checked::Verdict::Yes) return std::move((*found)->identity);
    last_refusal_ = std::chrono::steady_clock::now() - began;
    return std::nullopt;
}

/// A wrong password is looked at for a while, and an unknown user's as long.
void VerifiedCredentials::take_as_long() { std::this_thread::sleep_for(last_refusal_); }

}  // namespace directory
