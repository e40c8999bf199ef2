#include "accounts/credentials.h"

#include "accounts/name.h"
#include "accounts/statements.h"
#include "lang/try.h"
#include "passwords/stored_scram.h"

namespace accounts {
namespace {

std::optional<sasl::ScramKeys> keys_in(const std::string& text) {
    auto stored = passwords::parse_stored_scram(text);
    if (!stored) return std::nullopt;
    return std::move(stored->keys);
}

std::string text_of(crypto::Digest digest, const std::optional<sasl::ScramKeys>& keys) {
    return keys ? passwords::to_text(passwords::StoredScram{.digest = digest, .keys = *keys}) : "";
}

AppPassword app_password_in(const Rows& rows) {
    return {.id = rows.number(0),
            .name = rows.text(1),
            .hash = rows.text(2),
            .uses = static_cast<std::uint32_t>(rows.number(3)),
            .created = rows.number(4),
            .expires = rows.number(5),
            .last_used = rows.number(6)};
}

}  // namespace

Found<Credentials> Database::credentials(std::string_view account) {
    const auto [local_part, domain] = split(account);
    Credentials found;
    {
        auto rows = statements_->credentials.with(domain, local_part);
        if (!TRY(rows.next())) return std::nullopt;
        found.is_disabled = rows.number(0) != 0;
        found.hash = rows.text(1);
        found.scram_sha_256 = keys_in(rows.text(2));
        found.scram_sha_1 = keys_in(rows.text(3));
        found.secret = rows.text(4);
    }
    auto rows = statements_->app_passwords.with(domain, local_part);
    while (TRY(rows.next())) found.app_passwords.push_back(app_password_in(rows));
    return found;
}

std::expected<bool, Error> Database::set_password(std::string_view account, const Credentials& password,
                                                  std::int64_t now) {
    const auto [local_part, domain] = split(account);
    static_cast<void>(TRY(statements_->clear_password.run(domain, local_part)));
    const auto added = TRY(statements_->set_password.run(
        password.hash, text_of(crypto::Digest::Sha256, password.scram_sha_256),
        text_of(crypto::Digest::Sha1, password.scram_sha_1), password.secret, now, domain, local_part));
    return added > 0;
}

std::expected<bool, Error> Database::add_app_password(std::string_view account, const AppPassword& password) {
    const auto [local_part, domain] = split(account);
    return TRY(statements_->add_app_password.run(password.name, password.hash, std::int64_t{password.uses},
                                                 password.created, password.expires, domain, local_part)) > 0;
}

std::expected<bool, Error> Database::remove_app_password(std::string_view account, std::string_view name) {
    const auto [local_part, domain] = split(account);
    return TRY(statements_->remove_app_password.run(domain, local_part, name)) > 0;
}

std::expected<void, Error> Database::note_use(std::int64_t app_password, std::int64_t now) {
    static_cast<void>(TRY(statements_->note_use.run(now, app_password)));
    return {};
}

}  // namespace accounts
