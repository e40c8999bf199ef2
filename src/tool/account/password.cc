#include "account/password.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "crypto/digest.h"
#include "lang/try.h"
#include "passwords/hash.h"
#include "sasl/prepare.h"
#include "sasl/scram.h"

namespace account {
namespace {

constexpr std::size_t salt_length = 16;

/// Up to the end of the line, octet by octet: what follows is for whoever reads after us. None: nothing but the end.
std::optional<std::string> read_line(std::size_t longest) {
    std::string line;
    char octet = 0;
    bool is_any = false;
    while (line.size() <= longest && ::read(STDIN_FILENO, &octet, 1) == 1) {
        is_any = true;
        if (octet == '\n') break;
        line += octet;
    }
    if (line.ends_with('\r')) line.pop_back();
    return is_any ? std::optional(std::move(line)) : std::nullopt;
}

std::optional<std::string> ask(const std::string& question, std::size_t longest) {
    termios shown{};
    ::tcgetattr(STDIN_FILENO, &shown);
    auto hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);  // before the question: what is typed after it is the answer
    fmt::print(stderr, "{}: ", question);
    auto line = read_line(longest);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fmt::print(stderr, "\n");
    return line;
}

sasl::ScramKeys keys_for(crypto::Digest digest, const std::string& password, const site::Passwords& settings) {
    return sasl::derive_keys(digest, password, passwords::random_octets(salt_length), settings.scram_iterations);
}

}  // namespace

void Keeping::add_to(CLI::App& app) {
    app.add_flag("--hash", is_hash, "What is read is not the password but its hash, as another server made it");
    app.add_flag("--no-password", is_none, "Read nothing; nobody can log in with a password of the account's own");
    app.add_flag("--scram-sha-1", scram_sha_1, "Keep keys for SCRAM-SHA-1 too");
    app.add_flag("--store-plain", store_plain, "Keep the password itself too: APOP and CRAM-MD5 need it");
}

Result<std::optional<std::string>> read_secret(const std::string& account, bool is_hash) {
    if (is_hash || !::isatty(STDIN_FILENO)) return read_line(passwords::longest_password);
    auto password = ask("Password for " + account, passwords::longest_password);
    if (!password || password->empty()) return std::optional<std::string>();
    if (ask("Again", passwords::longest_password) != password)
        return refuse(no, "the two are not the same; nothing was changed");
    return password;
}

Result<accounts::Credentials> keep(const std::string& password, const Keeping& keeping,
                                   const site::Passwords& settings) {
    if (password.size() > passwords::longest_password || password.find('\0') != std::string::npos)
        return refuse(misused, fmt::format("a password has no NUL and at most {} octets", passwords::longest_password));
    if (keeping.is_hash) {
        if (keeping.scram_sha_1 || keeping.store_plain)
            return refuse(misused, "of a hash, neither keys nor the password can be made");
        if (auto flaw = passwords::flaw_of(password); !flaw.empty()) return refuse(misused, "the hash " + flaw);
        return accounts::Credentials{.hash = password};
    }
    // RFC 5802 §2.2: clients prepare what they derive their keys of, so it is the prepared one that counts.
    const auto prepared = sasl::prepare(password).value_or(password);
    accounts::Credentials kept{
        .hash = passwords::make_hash(
            prepared, {.memory = static_cast<std::uint32_t>(settings.memory / 1024), .passes = settings.passes}),
        .scram_sha_256 = keys_for(crypto::Digest::Sha256, prepared, settings)};
    if (keeping.scram_sha_1) kept.scram_sha_1 = keys_for(crypto::Digest::Sha1, prepared, settings);
    if (keeping.store_plain) kept.secret = prepared;
    return kept;
}

Result<accounts::Credentials> read_credentials(const std::string& account, const Keeping& keeping,
                                               const site::Passwords& settings) {
    if (keeping.is_none) return accounts::Credentials();
    auto secret = TRY(read_secret(account, keeping.is_hash));
    if (!secret || secret->empty()) {
        if (keeping.is_hash) return refuse(misused, "there is no hash on standard input");
        return accounts::Credentials();
    }
    auto kept = keep(*secret, keeping, settings);
    crypto::wipe(*secret);
    return kept;
}

}  // namespace account
