#include "directory/chance.h"

#include <sys/random.h>

#include <fstream>

#include "crypto/digest.h"
#include "lang/verify.h"
#include "text/base64.h"

namespace directory {

std::string make_nonce() {
    char octets[18];
    VERIFY(::getrandom(octets, sizeof octets, 0) == sizeof octets);
    return text::to_base64({octets, sizeof octets});
}

std::array<std::uint64_t, 2> make_key() {
    std::array<std::uint64_t, 2> key{};
    VERIFY(::getrandom(key.data(), sizeof key, 0) == sizeof key);
    return key;
}

std::string secret_of_machine() {
    std::string id;
    std::getline(std::ifstream("/etc/machine-id"), id);
    if (id.size() < 32) id = make_nonce();
    return crypto::hmac(crypto::Digest::Sha256, id, "hermod: what is shown of users who do not exist");
}

}  // namespace directory
