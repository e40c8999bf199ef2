#pragma once
// For `hermod explain`: what directory would answer, asked of the configuration, the records made by command and the
// users of this system as they are now. No server is needed.

#include <string>
#include <vector>

#include "accounts/records.h"
#include "addressing/resolver.h"
#include "directory/config.h"
#include "smtp/path.h"

namespace directory {

struct Explanation {
    addressing::Resolution resolution;  // with the reply that a client would hear
    std::vector<std::string>
        mailboxes;  // of each delivery into a mailbox: where that is, and who may change it; or empty
};

/// `may_relay`: as for a client that may.
Explanation explain(const Config& config, accounts::Records& records, const smtp::Mailbox& address, bool may_relay);

}  // namespace directory
