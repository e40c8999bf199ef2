#pragma once
// Postfix's configuration in our terms: postconf(5), virtual(5), transport(5), aliases(5).

#include "import/draft.h"
#include "import/lines.h"

namespace import {

/// `mailboxes`: the path of the file in which the addresses of virtual mailboxes (Translation::mailboxes) will stand;
/// empty: there is none, and their domains are only reported.
Translation translate_postfix(const File& main_cf, const std::string& mailboxes, const Reader& named);

}  // namespace import
