#pragma once
// Who wrote a message, as people are shown it: the one From. RFC 5322 §3.6.2; RFC 9989 §4.8 on messages without one
// author domain.
//
// Pure. Hostile: of two From fields one may be proved and the other one shown; a message in which mail programs may
// disagree about the author has none here.

#include <string>
#include <string_view>
#include <vector>

#include "dkim/header.h"
#include "mime/address.h"

namespace provenance {

struct Author {
    std::string domain;                    // lower case, A-labels; empty: there is none
    std::vector<mime::Mailbox> mailboxes;  // of From
    std::string problem;                   // why there is none: "From stands there twice"
};

Author author_of(const dkim::Header& header);

/// The domain of an address in A-labels; empty where it has none that can be one.
std::string domain_of(std::string_view address);

}  // namespace provenance
