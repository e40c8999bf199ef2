#include "passwords/scheme.h"

#include <argon2.h>
#include <crypt.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "crypto/digest.h"
#include "passwords/stored_scram.h"
#include "sasl/prepare.h"
#include "sasl/scram.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/hex.h"

namespace passwords {
namespace {

using crypto::Digest;

Verdict verdict(bool is_right) { return is_right ? Verdict::Right : Verdict::Wrong; }

// ---- what the C libraries know

constexpr std::string_view crypt_letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::uint64_t number_at(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? value : ~std::uint64_t{0};
}

/// Hostile: a hash that was brought along may ask for years of work, or for more memory than there is.
bool is_affordable_crypt(std::string_view hash) {
    constexpr std::uint64_t most_rounds = 10'000'000, most_bcrypt = 16;
    const auto letter = [&](std::size_t at) { return at < hash.size() ? crypt_letters.find(hash[at]) : 64; };
    if (hash.starts_with("$2") && hash.size() > 6) return number_at(hash.substr(4, 2)) <= most_bcrypt;
    if (hash.starts_with("$5$rounds=") || hash.starts_with("$6$rounds="))
        return number_at(hash.substr(10)) <= most_rounds;
    if (hash.starts_with("$sha1$")) return number_at(hash.substr(6)) <= most_rounds;
    if (hash.starts_with("$md5")) return false;  // Sun's, whose rounds have several spellings
    if (hash.starts_with("$y$")) return hash.size() > 6 && hash[3] == 'j' && letter(4) <= 17 && hash.find('$', 3) == 6;
    if (hash.starts_with("$gy$")) return hash.size() > 7 && hash[4] == 'j' && letter(5) <= 17 && hash.find('$', 4) == 7;
    if (hash.starts_with("$7$")) return letter(3) <= 20 && hash.substr(5, 4) == "....";
    return true;
}

/// crypt(5): $y$, $2b$, $6$, $5$, $1$ and the old one of 13 characters.
Verdict check_crypt(std::string_view hash, std::string_view password) {
    if (!is_affordable_crypt(hash)) return Verdict::Unusable;
    const std::string setting(hash), phrase(password);
    const auto room = std::make_unique<crypt_data>();
    const char* made = ::crypt_rn(phrase.c_str(), setting.c_str(), room.get(), sizeof(crypt_data));
    // A setting that cannot be used comes out as a text that begins with "*".
    if (!made || *made == '*') return Verdict::Unusable;
    const std::string_view result(made);
    if (result.size() != hash.size()) return Verdict::Unusable;  // a setting without a hash behind it
    return verdict(crypto::are_equal(result, hash));
}

/// Hostile: a hash that was brought along may ask for more memory than the machine has.
bool is_affordable(std::string_view hash) {
    constexpr std::uint32_t most_memory = 1024 * 1024, most_passes = 64;  // KiB
    const auto number = [&](std::string_view name) {
        const auto at = hash.find(name);
        std::uint32_t value = 0;
        if (at == std::string_view::npos) return most_memory + 1;
        const auto* begin = hash.data() + at + name.size();
        return std::from_chars(begin, hash.data() + hash.size(), value).ec == std::errc() ? value : most_memory + 1;
    };
    return number("$m=") <= most_memory && number(",t=") <= most_passes && number(",p=") <= 64;
}

Verdict check_argon2(std::string_view hash, std::string_view password) {
    const auto type = hash.starts_with("$argon2id$") ? Argon2_id : hash.starts_with("$argon2i$") ? Argon2_i : Argon2_d;
    if (!hash.starts_with("$argon2") || !is_affordable(hash)) return Verdict::Unusable;
    const int result = ::argon2_verify(std::string(hash).c_str(), password.data(), password.size(), type);
    if (result == ARGON2_OK || result == ARGON2_VERIFY_MISMATCH) return verdict(result == ARGON2_OK);
    return Verdict::Unusable;
}

// ---- what LDAP servers and Dovecot write

Verdict check_plain(std::string_view stored, std::string_view password) {
    return verdict(crypto::are_equal(stored, password));
}

/// In base64 or in hexadecimal: the digest, and the salt behind it.
std::optional<std::string> octets_of(std::string_view text, std::size_t length, bool has_salt) {
    auto fits = [&](const std::optional<std::string>& octets) {
        return octets && (has_salt ? octets->size() > length : octets->size() == length);
    };
    if (auto octets = text::parse_hex(text); fits(octets)) return octets;
    if (auto octets = text::parse_base64(text); fits(octets)) return octets;
    return std::nullopt;
}

template <Digest kind, bool has_salt>
Verdict check_digest(std::string_view stored, std::string_view password) {
    const auto length = crypto::length_of(kind);
    const auto octets = octets_of(stored, length, has_salt);
    if (!octets) return Verdict::Unusable;
    const auto made = crypto::digest(kind, std::string(password) + octets->substr(length));
    return verdict(crypto::are_equal(made, octets->substr(0, length)));
}

/// Dovecot's: $1$SALT$ITERATIONS$HEX, with SHA-1.
Verdict check_pbkdf2(std::string_view stored, std::string_view password) {
    if (!stored.starts_with("$1$")) return Verdict::Unusable;
    stored.remove_prefix(3);
    const auto salt_end = stored.find('$'), count_end = stored.find('$', salt_end + 1);
    if (salt_end == std::string_view::npos || count_end == std::string_view::npos) return Verdict::Unusable;
    std::uint32_t iterations = 0;
    const auto [end, error] = std::from_chars(stored.data() + salt_end + 1, stored.data() + count_end, iterations);
    const auto octets = text::parse_hex(stored.substr(count_end + 1));
    if (error != std::errc() || end != stored.data() + count_end || iterations == 0 ||
        iterations > sasl::most_iterations || !octets || octets->size() != crypto::length_of(Digest::Sha1))
        return Verdict::Unusable;
    const auto made = crypto::pbkdf2(Digest::Sha1, password, stored.substr(0, salt_end), iterations);
    return verdict(crypto::are_equal(made, *octets));
}

Verdict check_scram(const std::optional<StoredScram>& stored, std::string_view password) {
    if (!stored) return Verdict::Unusable;
    const auto prepared = sasl::prepare(password).value_or(std::string(password));
    const auto keys = sasl::derive_keys(stored->digest, prepared, stored->keys.salt, stored->keys.iterations);
    return verdict(crypto::are_equal(keys.stored_key, stored->keys.stored_key));
}

/// RFC 5803, its scheme included.
Verdict check_stored_scram(std::string_view stored, std::string_view password) {
    return check_scram(parse_stored_scram(stored), password);
}

/// Dovecot's: ITERATIONS,SALT,STOREDKEY,SERVERKEY.
template <Digest kind>
Verdict check_dovecot_scram(std::string_view stored, std::string_view password) {
    std::string text(kind == Digest::Sha256 ? "SCRAM-SHA-256$" : "SCRAM-SHA-1$");
    constexpr std::string_view separators = ":$:";
    std::size_t at = 0;
    for (const char c : stored) text += c == ',' && at < separators.size() ? separators[at++] : c;
    return check_scram(parse_stored_scram(text), password);
}

struct Named {
    std::string_view name;
    Verdict (*check)(std::string_view, std::string_view);
};
constexpr Named schemes[] = {
    {"PLAIN", check_plain},
    {"CLEAR", check_plain},
    {"CLEARTEXT", check_plain},
    {"CRYPT", check_crypt},
    {"DES-CRYPT", check_crypt},
    {"MD5-CRYPT", check_crypt},
    {"BLF-CRYPT", check_crypt},
    {"SHA256-CRYPT", check_crypt},
    {"SHA512-CRYPT", check_crypt},
    {"YESCRYPT", check_crypt},
    {"ARGON2I", check_argon2},
    {"ARGON2ID", check_argon2},
    {"ARGON2", check_argon2},
    {"PLAIN-MD5", check_digest<Digest::Md5, false>},
    {"LDAP-MD5", check_digest<Digest::Md5, false>},
    {"MD5", check_digest<Digest::Md5, false>},
    {"SMD5", check_digest<Digest::Md5, true>},
    {"SHA", check_digest<Digest::Sha1, false>},
    {"SHA1", check_digest<Digest::Sha1, false>},
    {"SSHA", check_digest<Digest::Sha1, true>},
    {"SHA256", check_digest<Digest::Sha256, false>},
    {"SSHA256", check_digest<Digest::Sha256, true>},
    {"SHA512", check_digest<Digest::Sha512, false>},
    {"SSHA512", check_digest<Digest::Sha512, true>},
    {"PBKDF2", check_pbkdf2},
    {"SCRAM-SHA-1", check_dovecot_scram<Digest::Sha1>},
    {"SCRAM-SHA-256", check_dovecot_scram<Digest::Sha256>},
};

}  // namespace

std::optional<Scheme> scheme_of(std::string_view hash) {
    if (hash.starts_with("$argon2")) return Scheme{check_argon2, hash};
    if (hash.starts_with("SCRAM-SHA-")) return Scheme{check_stored_scram, hash};
    const bool is_old_crypt = hash.size() == 13 && hash.find_first_not_of(crypt_letters) == std::string_view::npos;
    if (hash.starts_with('$') || is_old_crypt) return Scheme{check_crypt, hash};
    const auto end = hash.find('}');
    if (!hash.starts_with('{') || end == std::string_view::npos) return std::nullopt;
    auto name = hash.substr(1, end - 1);
    name = name.substr(0, name.find('.'));  // "{SSHA256.HEX}": which encoding it is shows by itself
    const auto* found = std::ranges::find_if(
        schemes, [&](const Named& scheme) { return text::equal_ignoring_case(scheme.name, name); });
    if (found == std::end(schemes)) return std::nullopt;
    return Scheme{found->check, hash.substr(end + 1)};
}

}  // namespace passwords
