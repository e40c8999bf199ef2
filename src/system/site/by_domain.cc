#include "site/by_domain.h"

#include "config/node.h"
#include "site/checks.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace site {

bool is_name_of(std::string_view written, std::string_view name) {
    const bool is_below = written.starts_with('.');
    if (name.starts_with('.') != is_below) return false;
    const auto bare = written.substr(is_below ? 1 : 0);
    return text::equal_ignoring_case(name.substr(is_below ? 1 : 0),
                                     text::to_a_labels(bare).value_or(std::string(bare)));
}

std::string entry_name_flaw(const std::string& name) {
    auto flaw = domain_flaw(std::string_view(name).substr(name.starts_with('.') ? 1 : 0));
    return flaw.empty() ? flaw : config::toml_string(name) + " is no domain: " + flaw;
}

}  // namespace site
