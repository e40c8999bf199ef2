#include <algorithm>

#include "sasl/exchanges.h"
#include "sasl/scram.h"
#include "text/ascii.h"
#include "text/cursor.h"

namespace sasl {
namespace {

constexpr char separator = '\x01';

struct Bearer {
    std::string user;
    std::string token;
};

/// "auth=Bearer TOKEN" among the pairs; what else is there says nothing that we need.
// kvpair = key "=" value kvsep, and one more kvsep at the end                     RFC 7628 §3.1
std::optional<Bearer> read_pairs(std::string_view text) {
    if (!text.ends_with(std::string{separator, separator})) return std::nullopt;
    text.remove_suffix(1);
    Bearer found;
    while (!text.empty()) {
        const auto pair = text.substr(0, text.find(separator));
        text.remove_prefix(pair.size() + 1);
        const auto equals = pair.find('=');
        if (equals == pair.npos) return std::nullopt;
        const auto key = pair.substr(0, equals);
        const auto value = pair.substr(equals + 1);
        if (key.empty() || !std::ranges::all_of(key, text::is_letter)) return std::nullopt;
        constexpr std::string_view scheme = "Bearer ";
        if (key == "user") found.user = value;
        if (key == "auth" && text::starts_with_ignoring_case(value, scheme)) found.token = value.substr(scheme.size());
    }
    if (found.token.empty()) return std::nullopt;
    return found;
}

// client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep                          RFC 7628 §3.1
std::optional<Bearer> read_oauth_bearer(std::string_view text) {
    const auto end = text.find(separator);
    if (end == text.npos) return std::nullopt;
    // The gs2-header is SCRAM's: with a name and a nonce behind it, it is read by the same words.
    const auto header = parse_client_first(std::string(text.substr(0, end)) + "n=x,r=x");
    if (!header || header->binding == ClientFirst::Binding::Used) return std::nullopt;
    auto found = read_pairs(text.substr(end + 1));
    if (found) found->user = header->authorization;
    return found;
}

}  // namespace

Step BearerExchange::respond(std::string_view response) {
    if (has_failed_) return rejected();
    auto found = form_ == Form::OauthBearer ? read_oauth_bearer(response) : read_pairs(response);
    if (!found || found->token.contains('\0')) return malformed();
    if (!found->user.empty()) {
        auto user = prepared_user(found->user);
        if (!user) return rejected();
        user_ = std::move(*user);
    }
    return CheckToken{user_, std::move(found->token)};
}

// RFC 7628 §3.2.2
Step BearerExchange::decide(const Answer& answer) {
    const auto* verdict = std::get_if<Verdict>(&answer);
    if (verdict && verdict->is_good) return judge(answer);
    has_failed_ = true;
    return Challenge{R"({"status":"invalid_token"})"};
}

}  // namespace sasl
