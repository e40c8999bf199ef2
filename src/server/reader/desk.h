#pragma once
// Grants and those who come with their keys; which workers are at work, and for which mailbox.
//
// directory writes the grant and the answer to pop3d at the same time, so either may arrive first: whoever comes with a
// key that is not known yet waits a moment. Hostile: so that pop3d cannot fill this with keys it made up, few may wait.

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <string>

#include "clocks/clock.h"
#include "owner/place.h"
#include "owner/worker.h"
#include "pop3d/inbox.h"
#include "reader/inbox.h"

namespace reader {

class Desk {
public:
    struct Rules {
        std::string mail_directory;
        std::size_t most = 500;            // workers
        std::size_t most_for_mailbox = 4;  // one that works, and those who find that it does
        std::size_t most_waiting = 1000;   // for a grant, of each pop3d
        std::chrono::seconds grant_lasts{60};
        std::chrono::seconds wait_for_grant{5};
    };
    struct Handlers {
        std::function<std::expected<owner::Started, std::string>(const owner::Place&)> start;
        std::function<void(std::int64_t pid)> watch;  // ended(pid) is to be called when it has
        std::function<void(std::uint8_t holder, const pop3d::Opened&)> answer;
        std::function<void(const std::string& account, const std::string& why)> on_trouble;  // for the log
    };

    Desk(const clocks::Clock& clock, Rules rules, Handlers handlers)
        : clock_(clock), rules_(std::move(rules)), handlers_(std::move(handlers)) {}

    void replace(std::size_t most) { rules_.most = most; }
    void take(Grant grant);
    void take(std::uint8_t holder, const Open& open);
    void ended(std::int64_t pid);
    /// That pop3d is gone, and its successor knows nothing of its keys.
    void forget(std::uint8_t holder);
    /// To be called now and then: what has waited too long.
    void sweep();

    std::size_t workers() const { return workers_.size(); }
    bool is_waiting() const { return !grants_.empty() || !waiting_.empty(); }

private:
    struct Granted {
        Grant grant;
        clocks::Steady until;
    };
    struct Waiting {
        std::uint8_t holder = 0;
        Open open;
        clocks::Steady until;
    };

    void serve(const Grant& grant, std::uint64_t ticket);
    void refuse(std::uint8_t holder, std::uint64_t ticket, pop3d::Opened::Refusal refusal);

    const clocks::Clock& clock_;
    Rules rules_;
    Handlers handlers_;
    std::map<Key, Granted> grants_;
    std::deque<Waiting> waiting_;
    std::map<std::int64_t, std::string> workers_;  // pid → which mailbox
    std::map<std::string, std::size_t> at_work_;   // mailbox → how many
};

}  // namespace reader
