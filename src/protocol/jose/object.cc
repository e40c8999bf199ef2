#include "jose/object.h"

#include <boost/json/parse.hpp>

namespace jose {

namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view text) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = deepest;
    auto value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

const json::string* string_in(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? value->if_string() : nullptr;
}

std::string text_in(const json::object& object, std::string_view key) {
    const json::string* text = string_in(object, key);
    return text ? std::string(*text) : "";
}

}  // namespace jose
