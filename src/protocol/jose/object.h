#pragma once
// JSON objects (RFC 8259) of somebody else's, as the standards around JOSE have them: RFC 7515, RFC 7517, RFC 8555.
//
// Hostile: the text may be anything. It is bounded in length by the caller and in depth here; nothing throws.

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace jose {

constexpr std::size_t deepest = 16;

/// None: it is no JSON, or no object.
std::optional<boost::json::object> parse_object(std::string_view text);

/// None: there is no such member, or it is no string.
const boost::json::string* string_in(const boost::json::object& object, std::string_view key);
/// Likewise; empty: none.
std::string text_in(const boost::json::object& object, std::string_view key);

}  // namespace jose
