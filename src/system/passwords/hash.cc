#include "passwords/hash.h"

#include <argon2.h>
#include <crypt.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cctype>
#include <memory>
#include <vector>

#include "crypto/digest.h"
#include "lang/verify.h"
#include "passwords/scheme.h"

namespace passwords {
namespace {

constexpr std::size_t salt_length = 16, hash_length = 32;

bool has_forbidden(std::string_view password) {
    // What takes C strings would look at a part of it only.
    return password.size() > longest_password || password.find('\0') != std::string_view::npos;
}

}  // namespace

Verdict verify(std::string_view hash, std::string_view password) {
    if (hash.empty() || has_forbidden(password)) return Verdict::Wrong;
    const auto scheme = scheme_of(hash);
    if (!scheme) return Verdict::Unusable;
    return scheme->check(scheme->rest, password);
}

std::string flaw_of(std::string_view hash) {
    if (hash.empty()) return "is empty";
    if (hash.size() > longest_password) return "is too long";
    if (hash.find('\0') != std::string_view::npos) return "has a NUL in it";
    const auto scheme = scheme_of(hash);
    if (!scheme) return "is of no kind that is known here";
    return scheme->check(scheme->rest, "x") == Verdict::Unusable ? "is malformed" : "";
}

std::string make_hash(std::string_view password, const Cost& cost) {
    const auto salt = random_octets(salt_length);
    const auto length = ::argon2_encodedlen(cost.passes, cost.memory, 1, salt_length, hash_length, Argon2_id);
    std::string encoded(length, '\0');
    const int result = ::argon2id_hash_encoded(cost.passes, cost.memory, 1, password.data(), password.size(),
                                               salt.data(), salt.size(), hash_length, encoded.data(), encoded.size());
    VERIFY(result == ARGON2_OK);
    encoded.resize(encoded.find('\0'));
    return encoded;
}

std::string random_octets(std::size_t count) {
    std::string octets(count, '\0');
    VERIFY(::getrandom(octets.data(), octets.size(), 0) == static_cast<ssize_t>(count));
    return octets;
}

std::string generate() {
    constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";  // 32: five bits each, no i, l, o, u
    constexpr std::size_t length = 20, group = 4;
    std::string password;
    for (const char octet : random_octets(length)) {
        if (password.size() % (group + 1) == group) password += '-';
        password += letters[static_cast<unsigned char>(octet) % letters.size()];
    }
    return password;
}

}  // namespace passwords
