#pragma once
// What a token says, or what its issuer says of it, held against what we demand: RFC 7519 §4.1, RFC 7662 §2.2.
//
// For token.h and introspection.h alone, which know first who said it.

#include <boost/json/object.hpp>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "jose/demands.h"

namespace jose {

/// NumericDate (RFC 7519 §2): seconds, perhaps with a fraction. None: it is none, or not there.
std::optional<double> time_in(const boost::json::object& claims, std::string_view name);

/// RFC 7519 §4.1.4, §4.1.5: "exp" and "nbf", as far as they are there.
std::expected<void, Flaw> check_times(const boost::json::object& claims, std::chrono::sys_seconds now,
                                      std::chrono::seconds leeway);
/// One, or a list. RFC 7519 §4.1.3.
bool is_for(const boost::json::object& claims, std::string_view audience);
/// "openid mail": RFC 8693 §4.2. Whether the word is among them, or none is wanted.
bool has_scope(const boost::json::object& claims, std::string_view wanted);
std::expected<std::string, Flaw> name_in(const boost::json::object& claims, const Demands& demands);

}  // namespace jose
