#include "import/postfix.h"

#include <fmt/format.h>

#include "import/postfix_parts.h"

namespace import {

std::string PostfixSite::value(std::string_view name) const {
    auto found = main.value(name);
    if (found) return *std::move(found);
    out.report.add(main.origin(name), fmt::format("{} {}", name, found.error()), "it is left out");
    return {};
}

Translation translate_postfix(const File& main_cf, const std::string& mailboxes, const Reader& named) {
    Translation out;
    out.draft.title = "Postfix's " + main_cf.path;
    const auto main = MainCf::parse(main_cf, out.report);
    const PostfixSite site{.main = main, .named = named, .mailboxes = mailboxes, .out = out};
    translate_settings(site);
    translate_domains(site);
    translate_transports(site);
    report_the_rest(site);
    return out;
}

}  // namespace import
