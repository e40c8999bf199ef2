#include "dkim/quoted_printable.h"

#include "dkim/tag_list.h"
#include "text/hex.h"

namespace dkim {

std::optional<std::string> parse_quoted_printable(std::string_view text) {
    std::string octets;
    const std::string rest = without_white_space(text);
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] != '=') {
            octets += rest[i];
            continue;
        }
        const auto octet = text::parse_hex(std::string_view(rest).substr(i + 1, 2));
        if (!octet || octet->size() != 1) return std::nullopt;
        octets += *octet;
        i += 2;
    }
    return octets;
}

}  // namespace dkim
