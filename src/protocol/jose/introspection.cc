#include "jose/introspection.h"

#include <algorithm>
#include <boost/json.hpp>

#include "jose/claims.h"
#include "jose/object.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace jose {
namespace {

/// application/x-www-form-urlencoded, as RFC 6749 App. B has it.
std::string form_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (text::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '*') {
            encoded += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        encoded += {'%', digits[octet >> 4], digits[octet & 15]};
    }
    return encoded;
}

constexpr double farthest = 4e9;  // what lies beyond is as good as never, or long past

}  // namespace

std::string introspection_request(std::string_view token) {
    return "token=" + form_encoded(token) + "&token_type_hint=access_token";
}

std::string basic_credentials(std::string_view client_id, std::string_view secret) {
    return "Basic " + text::to_base64(form_encoded(client_id) + ":" + form_encoded(secret));
}

std::optional<Introspection> Introspection::parse(std::string_view json) {
    if (json.size() > longest_introspection) return std::nullopt;
    auto object = parse_object(json);
    const auto* active = object ? object->if_contains("active") : nullptr;
    if (!active || !active->is_bool()) return std::nullopt;
    Introspection said;
    said.is_active_ = active->get_bool();
    said.claims_ = std::move(*object);
    return said;
}

std::optional<std::chrono::sys_seconds> Introspection::expires() const {
    const auto time = time_in(claims_, "exp");
    if (!time) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(std::clamp(*time, 0.0, farthest))));
}

std::expected<void, Flaw> Introspection::check(const Demands& demands, std::chrono::sys_seconds now) const {
    if (!is_active_) return std::unexpected(Flaw::Inactive);
    TRY(check_times(claims_, now, demands.leeway));
    const bool names_other = claims_.contains("iss") && text_in(claims_, "iss") != demands.issuer;
    if (!demands.issuer.empty() && names_other) return std::unexpected(Flaw::ForOthers);
    return {};
}

std::expected<std::string, Flaw> Introspection::user(const Demands& demands, std::chrono::sys_seconds now) const {
    TRY(check(demands, now));
    if (!demands.audience.empty() && !is_for(claims_, demands.audience)) return std::unexpected(Flaw::ForOthers);
    if (!has_scope(claims_, demands.scope)) return std::unexpected(Flaw::MissingScope);
    return name_in(claims_, demands);
}

}  // namespace jose
