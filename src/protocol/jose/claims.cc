#include "jose/claims.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "jose/object.h"

namespace jose {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_name = 512;

/// OpenID Connect Core 1.0 §5.1: an address that the issuer has not seen proved is anybody's.
bool is_unverified(const json::object& claims, std::string_view claim) {
    const json::value* verified = claim == "email" ? claims.if_contains("email_verified") : nullptr;
    if (!verified) return false;
    const bool is_true = (verified->is_bool() && verified->get_bool()) ||
                         (verified->is_string() && std::string_view(verified->get_string()) == "true");
    return !is_true;
}

}  // namespace

std::string_view describe(Flaw flaw) {
    constexpr std::array<std::string_view, 8> words{"it is malformed",
                                                    "its key is unknown",
                                                    "its signature is not that of its issuer",
                                                    "it has expired, or is not valid yet",
                                                    "it is another issuer's, or for somebody else",
                                                    "it has not the scope that is asked for",
                                                    "it names nobody",
                                                    "its issuer says that it is not active"};
    return words.at(std::to_underlying(flaw));
}

std::optional<double> time_in(const json::object& claims, std::string_view name) {
    const json::value* value = claims.if_contains(name);
    if (!value || !value->is_number()) return std::nullopt;
    const auto seconds = value->to_number<double>();
    return std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

std::expected<void, Flaw> check_times(const json::object& claims, std::chrono::sys_seconds now,
                                      std::chrono::seconds leeway) {
    const auto expires = time_in(claims, "exp");
    const auto begins = time_in(claims, "nbf");
    if (claims.contains("exp") != expires.has_value() || claims.contains("nbf") != begins.has_value())
        return std::unexpected(Flaw::Malformed);
    const auto seconds = static_cast<double>(now.time_since_epoch().count());
    const auto slack = static_cast<double>(leeway.count());
    if (expires && seconds >= *expires + slack) return std::unexpected(Flaw::Expired);
    if (begins && seconds < *begins - slack) return std::unexpected(Flaw::Expired);
    return {};
}

bool is_for(const json::object& claims, std::string_view audience) {
    const json::value* value = claims.if_contains("aud");
    if (!value) return false;
    if (const auto* one = value->if_string()) return std::string_view(*one) == audience;
    const auto* several = value->if_array();
    return several && std::ranges::any_of(*several, [&](const json::value& one) {
               return one.is_string() && std::string_view(one.get_string()) == audience;
           });
}

bool has_scope(const json::object& claims, std::string_view wanted) {
    const auto text = text_in(claims, "scope");
    std::string_view scopes = text;
    while (!scopes.empty()) {
        const auto word = scopes.substr(0, scopes.find(' '));
        if (word == wanted) return true;
        scopes.remove_prefix(std::min(word.size() + 1, scopes.size()));
    }
    return wanted.empty();
}

std::expected<std::string, Flaw> name_in(const json::object& claims, const Demands& demands) {
    for (const auto& claim : demands.user_claims) {
        auto name = text_in(claims, claim);
        if (name.empty()) continue;
        if (name.size() > longest_name || name.contains('\0') || is_unverified(claims, claim)) break;
        return name;
    }
    return std::unexpected(Flaw::NamesNobody);
}

}  // namespace jose
