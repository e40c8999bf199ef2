#pragma once
// An attempt on its way: which recipients still need an answer, and what the others got. It may take several
// connections, where a server limits recipients or goes away; qmgr hears once, when every recipient has an outcome.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "relay/inbox.h"
#include "relay/message.h"
#include "relay/outcome.h"
#include "smtp/sender.h"

namespace relay {

/// Connections that may come to nothing before an attempt is given up.
constexpr unsigned most_vain_connections = 3;

class Job {
public:
    explicit Job(Attempt attempt);

    std::uint64_t number() const { return attempt_.attempt; }
    Message& message() { return message_; }

    /// For a conversation: the recipients without an outcome.
    smtp::Outgoing outgoing();
    /// How that conversation went. Recipients it did not get to stay open.
    void take(const smtp::Outcome& outcome, std::string_view remote, std::string_view tls);
    /// The same for all that are still open.
    void settle(const Verdict& verdict);

    bool is_settled() const { return open_ == 0; }
    bool may_try_again() const { return vain_connections_ < most_vain_connections; }
    /// Once settled.
    qmgr::AttemptDone done();
    /// No recipient has an outcome.
    bool is_untouched() const { return open_ == is_decided_.size(); }
    /// While untouched: for somebody else to try, at no cost.
    qmgr::AttemptDone not_begun() const;

private:
    void decide(std::size_t recipient, qmgr::RecipientOutcome outcome);

    Attempt attempt_;
    Message message_;
    std::vector<qmgr::RecipientOutcome> outcomes_;
    std::vector<std::uint8_t> is_decided_;
    std::vector<std::size_t> asked_;  // recipients in the conversation under way
    std::size_t open_;
    unsigned vain_connections_ = 0;
    qmgr::Destination destination_ = qmgr::Destination::Fine;
};

}  // namespace relay
