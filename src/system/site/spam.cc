#include "site/spam.h"

namespace site {

std::vector<std::string> fields_of(SpamHeaders headers) {
    std::vector<std::string> names{std::string(unscanned_field)};
    if (headers == SpamHeaders::Ours) names.emplace_back("X-Hermod-Spam");
    if (headers == SpamHeaders::SpamAssassin)
        for (const auto* name : {"X-Spam-Flag", "X-Spam-Score", "X-Spam-Level", "X-Spam-Status"})
            names.emplace_back(name);
    return names;
}

}  // namespace site
