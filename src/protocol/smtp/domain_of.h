#pragma once
// The domain of an address, as it stands there.

#include <string_view>

namespace smtp {

/// "example.org" of "ann@example.org"; empty where there is no "@".
constexpr std::string_view domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

}  // namespace smtp
