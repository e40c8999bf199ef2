#include "directory/verified_credentials.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "directory/account_name.h"
#include "text/idna.h"

namespace directory {
namespace {

// No user of a system is called so (a name of useradd's has no capital), and hardly an account.
constexpr std::string_view nobody = "Nobody-By-This-Name";

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

std::expected<VerifiedCredentials::Known, Unavailable> VerifiedCredentials::find(std::string_view user) {
    // What is called so after a login: "ann", a user of this system, or an address.
    const auto address = account_name(user, hostname_);
    if (address.empty()) return Known{};
    auto owner = mailboxes_.owner(address);
    if (!owner) return std::unexpected(Unavailable{});
    const auto& account = owner->account;
    Known known;
    const auto domain = address.substr(address.rfind('@') + 1);
    if (const auto program = program_for(domain)) {
        known.question = {.by = authd::By::Program, .program = *program};
        known.question->user = account.value_or(std::string(nobody) + '@' + domain);
    } else if (login_.system_users && (account ? !account->contains('@') : owner->could_be_user)) {
        known.question = {.by = authd::By::Pam};
        known.question->user = account.value_or(std::string(nobody));
    }
    if (account && known.question)
        known.identity = {.account = *account, .address = address, .stamp = stamp_of(*account)};
    return known;
}

std::expected<bool, Unavailable> VerifiedCredentials::knows(std::string_view user) {
    const auto found = find(user);
    if (!found) return std::unexpected(Unavailable{});
    return found->identity.has_value();
}

Credentials::Looked<Identity> VerifiedCredentials::identify(std::string_view user, Purpose) {
    auto found = find(user);
    if (!found) return std::unexpected(Unavailable{});
    return std::move(found->identity);
}

Credentials::Looked<Identity> VerifiedCredentials::check(std::string_view user, std::string_view password,
                                                         Purpose purpose) {
    auto found = find(user);
    if (!found) return std::unexpected(Unavailable{});
    if (!found->question) return std::nullopt;
    found->question->password = password;
    found->question->purpose = purpose;
    const auto verdict = verifier_.check(std::move(*found->question));
    if (verdict == Checked::Verdict::Later) return std::unexpected(Unavailable{});
    if (verdict == Checked::Verdict::Yes) return std::move(found->identity);
    return std::nullopt;
}

}  // namespace directory
