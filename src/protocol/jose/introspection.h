#pragma once
// What the issuer of a token says of it when asked: OAuth 2.0 Token Introspection, RFC 7662.
//
// Pure. Hostile: the answer may be anything; it is bounded in length by its reader. "active" counts where it is true
// and nothing else; what else is said of the token must be what we demand of one.

#include <boost/json/object.hpp>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "jose/demands.h"

namespace jose {

constexpr std::size_t longest_introspection = 64 * 1024;

/// The content of the request: RFC 7662 §2.1.
std::string introspection_request(std::string_view token);
/// Who asks, for the field Authorization: both are encoded first (RFC 6749 §2.3.1).
std::string basic_credentials(std::string_view client_id, std::string_view secret);

class Introspection {
public:
    /// None: it is no answer (RFC 7662 §2.2).
    static std::optional<Introspection> parse(std::string_view json);

    bool is_active() const { return is_active_; }
    /// When the token ends, where that is said.
    std::optional<std::chrono::sys_seconds> expires() const;
    /// Whether it is good, by a token whose own signature said for whom it is: audience and scope are not asked for.
    std::expected<void, Flaw> check(const Demands& demands, std::chrono::sys_seconds now) const;
    /// Whom it names, where all demands are met. An "iss" may be missing, as we know whom we have asked; empty demands
    /// of issuer and audience are none.
    std::expected<std::string, Flaw> user(const Demands& demands, std::chrono::sys_seconds now) const;

private:
    bool is_active_ = false;
    boost::json::object claims_;
};

}  // namespace jose
