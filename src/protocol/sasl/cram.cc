#include <fmt/format.h>

#include <algorithm>

#include "sasl/exchanges.h"
#include "text/ascii.h"
#include "text/hex.h"

namespace sasl {

// msg-id of RFC 822                                                               RFC 2195 §2, RFC 1939 §7
std::string CramExchange::greeting() {
    return fmt::format("<{}.{}@{}>", circumstances_.nonce, circumstances_.time, circumstances_.hostname);
}

// user SP digest: lower-case hexadecimal                                          RFC 2195 §2, RFC 1939 §7
Step CramExchange::respond(std::string_view response) {
    const auto space = response.rfind(' ');
    if (space == response.npos || response.contains('\0')) return malformed();
    response_ = text::lower(response.substr(space + 1));
    constexpr std::size_t digest_length = 32;
    if (response_.size() != digest_length) return malformed();
    auto user = prepared_user(response.substr(0, space));
    if (!user) return rejected();
    user_ = std::move(*user);
    return FindSecret{user_};
}

std::string CramExchange::digest_with(const std::string& secret) {
    if (form_ == Form::Apop) return crypto::digest(crypto::Digest::Md5, greeting() + secret);
    return crypto::hmac(crypto::Digest::Md5, secret, greeting());
}

Step CramExchange::decide(const Answer& answer) {
    const auto* secret = std::get_if<std::optional<std::string>>(&answer);
    // Reckoned for nobody as well: it takes the same time.
    const auto digest = digest_with(secret && *secret ? **secret : std::string());
    const bool is_right = crypto::are_equal(text::to_hex(digest), response_);
    if (!secret || !*secret || !is_right) return rejected();
    return Success{user_};
}

}  // namespace sasl
