// Mechanisms that bring a password: PLAIN and LOGIN; and EXTERNAL, which needs none.
#include "sasl/exchanges.h"
#include "sasl/prepare.h"

namespace sasl {
namespace {

/// In the wild: passwords that SASLprep forbids were stored by other servers. They are compared as they are.
std::string prepared_password(std::string_view password) { return prepare(password).value_or(std::string(password)); }

/// Whoever may log in may act as himself; as nobody else (RFC 4616 §2).
bool is_someone_else(std::string_view authorization, std::string_view user) {
    return !authorization.empty() && prepared_user(authorization) != user;
}

}  // namespace

std::optional<std::string> prepared_user(std::string_view name) {
    constexpr std::size_t longest = 512;  // an address of 254 octets in the longest spelling
    if (name.size() > longest) return std::nullopt;
    return prepare(name);
}

// message = [authzid] UTF8NUL authcid UTF8NUL passwd                              RFC 4616 §2
Step PlainExchange::respond(std::string_view response) {
    const auto first = response.find('\0');
    const auto second = first == response.npos ? first : response.find('\0', first + 1);
    if (second == response.npos) return malformed();
    const auto authorization = response.substr(0, first);
    const auto name = response.substr(first + 1, second - first - 1);
    const auto password = response.substr(second + 1);
    if (name.empty() || password.empty() || password.contains('\0')) return malformed();
    auto user = prepared_user(name);
    if (!user) return rejected();
    user_ = std::move(*user);
    if (is_someone_else(authorization, user_)) return rejected();
    return CheckPassword{user_, prepared_password(password)};
}

Step LoginExchange::respond(std::string_view response) {
    if (response.empty() || response.contains('\0')) return malformed();
    if (has_name_) return CheckPassword{user_, prepared_password(response)};
    auto user = prepared_user(response);
    if (!user) return rejected();
    user_ = std::move(*user);
    has_name_ = true;
    return Challenge{"Password:"};
}

// extern-resp = [authz-id-string]                                                 RFC 4422 App. A.1
Step ExternalExchange::respond(std::string_view response) {
    if (response.contains('\0')) return malformed();
    if (circumstances_.certificate.empty()) return rejected();
    if (!response.empty()) {
        auto user = prepared_user(response);
        if (!user) return rejected();
        user_ = std::move(*user);
    }
    return CheckCertificate{circumstances_.certificate, user_};
}

}  // namespace sasl
