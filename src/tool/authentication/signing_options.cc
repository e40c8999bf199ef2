#include "authentication/signing_options.h"

#include <fmt/format.h>

#include "dkim/signature.h"
#include "text/ascii.h"

namespace authentication {

std::expected<SigningName, std::string> signing_name(std::string_view domain, std::string_view selector) {
    SigningName name{text::lower(domain), text::lower(selector)};
    if (!dkim::is_domain(name.domain)) return std::unexpected(fmt::format("--domain {}: not a domain", domain));
    if (!dkim::is_domain(fmt::format("{}._domainkey.{}", name.selector, name.domain)))
        return std::unexpected(fmt::format("--selector {}: not a selector", selector));
    return name;
}

std::expected<std::vector<std::string>, std::string> signed_fields(std::string_view option) {
    std::vector<std::string> fields;
    if (option.empty()) return fields;
    for (const auto name : dkim::split_trimmed(option, ':')) {
        if (!mime::is_field_name(name) || name.contains(';'))
            return std::unexpected(fmt::format("--headers: {} is no name of a field", name));
        fields.push_back(text::lower(name));
    }
    if (fields.size() > dkim::most_signed_fields) return std::unexpected("--headers: too many fields");
    return fields;
}

}  // namespace authentication
