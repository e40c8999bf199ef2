#pragma once
// The files of ~alias as entries of [aliases]. Their programs run, and their files are written, as local.alias_user.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/draft.h"
#include "import/qmail.h"

namespace import {

/// Where the file delivers to; nullopt: it does something else, which is reported.
std::optional<std::vector<std::string>> targets_of(const AliasFile& alias, Report& report);

/// "alias leads to these", unless the name is none or there is one already, which is reported.
void add_alias(Draft& draft, const std::string& name, std::vector<std::string> targets, const Origin& origin,
               Report& report);

/// What catch_all is to be set to, as TOML, so that mail goes to the targets: one of them, or an alias that is made for
/// it under `name`.
std::optional<std::string> catch_all_of(Draft& draft, const std::string& name, std::vector<std::string> targets,
                                        const Origin& origin, Report& report);

/// Aliases for the files "PREFIX…" of ~alias, named without the prefix, in `domain` ("": of the domains of system
/// users), and its catch-all. True: some of them are for all extensions of a name, which takes delimiters = "-".
bool add_alias_files(const QmailSite& site, std::string_view prefix, const std::string& domain, Translation& out);

}  // namespace import
