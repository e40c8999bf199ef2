#include "directory/account_credentials.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/digest.h"
#include "directory/account_name.h"

namespace directory {
namespace {

accounts::Use use_of(Purpose purpose) { return purpose == Purpose::Pop3 ? accounts::Use::Pop3 : accounts::Use::Smtp; }

void add(std::string& all, const std::optional<sasl::ScramKeys>& keys) {
    if (keys) all += keys->salt + keys->stored_key + keys->server_key;
    all += '\n';
}

}  // namespace

AccountCredentials::AccountCredentials(std::unique_ptr<accounts::Keeper> keeper, std::string hostname,
                                       std::string nobodys_hash, const clocks::Clock& clock, Verify verify)
    : keeper_(std::move(keeper)),
      hostname_(std::move(hostname)),
      nobodys_hash_(std::move(nobodys_hash)),
      clock_(clock),
      verify_(std::move(verify)) {}

std::int64_t AccountCredentials::now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
}

std::expected<bool, Unavailable> AccountCredentials::knows(std::string_view user) {
    const auto account = account_name(user, hostname_);
    if (account.empty()) return false;
    const auto found = keeper_->credentials(account);
    if (!found) return std::unexpected(Unavailable{});
    return found->has_value();
}

/// None: there is no such account, or it is disabled.
Credentials::Looked<accounts::Credentials> AccountCredentials::find(const std::string& account) {
    if (account.empty()) return std::nullopt;
    auto found = keeper_->credentials(account);
    if (!found) return std::unexpected(Unavailable{});
    if (*found && (*found)->is_disabled) return std::nullopt;
    return std::move(*found);
}

/// It changes with everything that somebody may have logged in by, app passwords that come, go or expire included.
Identity AccountCredentials::identity(const std::string& account, const accounts::Credentials& credentials) const {
    auto all = credentials.hash + '\n' + credentials.secret + '\n' + credentials.version + '\n';
    add(all, credentials.scram_sha_256);
    add(all, credentials.scram_sha_1);
    for (const auto& password : credentials.app_passwords)
        if (password.expires == 0 || now() < password.expires)
            all += password.hash + '/' + std::to_string(password.uses) + '\n';
    std::uint64_t stamp = 0;
    for (const char c : crypto::digest(crypto::Digest::Sha256, all).substr(0, sizeof stamp))
        stamp = stamp << 8 | static_cast<unsigned char>(c);
    return {.account = account, .address = account, .stamp = stamp};
}

/// The hashes of app passwords are cheap, as nobody can guess such a password: their number does not show in the time.
std::expected<bool, Unavailable> AccountCredentials::is_right(const std::string& account,
                                                              const accounts::Credentials& credentials,
                                                              std::string_view password, Purpose purpose) {
    if (const auto checked = keeper_->check(account, password)) {
        if (!*checked) return std::unexpected(Unavailable{});
        return **checked;
    }
    const auto& hash = credentials.hash.empty() ? nobodys_hash_ : credentials.hash;
    if (verify_(hash, password) == passwords::Verdict::Right) return !credentials.hash.empty();
    for (const auto& app : credentials.app_passwords) {
        if (!app.may(use_of(purpose), now())) continue;
        if (verify_(app.hash, password) != passwords::Verdict::Right) continue;
        keeper_->note_use(app, now());
        return true;
    }
    return false;
}

Credentials::Looked<Identity> AccountCredentials::check(std::string_view user, std::string_view password,
                                                        Purpose purpose) {
    const auto account = account_name(user, hostname_);
    const auto found = find(account);
    if (!found) return std::unexpected(Unavailable{});
    if (!*found) {
        static_cast<void>(verify_(nobodys_hash_, password));
        return std::nullopt;
    }
    const auto is_his = is_right(account, **found, password, purpose);
    if (!is_his) return std::unexpected(Unavailable{});
    if (!*is_his) return std::nullopt;
    return identity(account, **found);
}

Credentials::Looked<Identity> AccountCredentials::identify(std::string_view user, Purpose) {
    const auto account = account_name(user, hostname_);
    const auto found = find(account);
    if (!found) return std::unexpected(Unavailable{});
    if (!*found) return std::nullopt;
    return identity(account, **found);
}

Credentials::Looked<sasl::ScramKeys> AccountCredentials::scram_keys(std::string_view user, crypto::Digest digest,
                                                                    Purpose) {
    auto found = find(account_name(user, hostname_));
    if (!found) return std::unexpected(Unavailable{});
    if (!*found) return std::nullopt;
    if (digest == crypto::Digest::Sha256) return std::move((*found)->scram_sha_256);
    if (digest == crypto::Digest::Sha1) return std::move((*found)->scram_sha_1);
    return std::nullopt;
}

Credentials::Looked<std::string> AccountCredentials::secret(std::string_view user, Purpose) {
    auto found = find(account_name(user, hostname_));
    if (!found) return std::unexpected(Unavailable{});
    if (!*found || (*found)->secret.empty()) return std::nullopt;
    return std::move((*found)->secret);
}

}  // namespace directory
