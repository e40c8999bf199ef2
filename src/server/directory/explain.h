#pragma once
// For `hermod explain`, and for commands that change the directory: what directory would answer, asked of the
// configuration, the records made by command and the users of this system as they are now. No server is needed.

#include <memory>
#include <string>
#include <vector>

#include "accounts/book.h"
#include "accounts/records.h"
#include "addressing/resolver.h"
#include "directory/config.h"
#include "smtp/path.h"

namespace directory {

struct Explanation {
    addressing::Resolution resolution;  // with the reply that a client would hear
    std::vector<std::string>
        mailboxes;  // of each delivery into a mailbox: where that is, and who may change it; or empty
    std::vector<std::string> troubles = {};  // of what cannot be asked or read
    std::vector<bool> sent_on =
        {};                      // of each delivery: it leaves, and not because it was asked for; nor has it an owner
    bool is_own_sender = false;  // of a domain of ours
    std::string rewritten = {};  // what the sender becomes where it is rewritten; empty: it cannot be
};

/// `may_relay`: as for a client that may. `reverse_path`: of the message; may be empty. Sources of accounts outside are
/// asked, and the secret of rewritten senders is read.
Explanation explain(const Config& config, accounts::Records& records, const smtp::Mailbox& address, bool may_relay,
                    const std::string& reverse_path = {});

/// The rules as they are, for a command that is about to change some of them: what `records` says counts at every call.
class Rules {
public:
    Rules(const Config& config, accounts::Records& records);
    ~Rules();
    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;

    addressing::Resolution resolve(const smtp::Mailbox& address) const;
    const accounts::Book& book() const;

private:
    friend Explanation explain(const Config&, accounts::Records&, const smtp::Mailbox&, bool, const std::string&);
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace directory
