#include "directory/account_name.h"

#include "text/ascii.h"
#include "text/idna.h"

namespace directory {

std::string account_name(std::string_view user, std::string_view hostname) {
    const auto at = user.rfind('@');
    if (at == user.npos) return text::lower(user) + "@" + text::lower(hostname);
    const auto domain = text::to_a_labels(user.substr(at + 1));
    return domain ? text::lower(user.substr(0, at)) + "@" + *domain : "";
}

}  // namespace directory
