#pragma once
// What an administrator asks of the whole queue: pages of it, and orders to many messages. Either may mean a million
// messages, each to be read from disk; so they are worked on a little at a time, and none of it holds up the mail.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "qmgr/admin_order.h"
#include "qmgr/inbox.h"
#include "qmgr/peers.h"
#include "spool/spool.h"

namespace qmgr {

class AdminJobs {
public:
    /// What the queue does for them.
    struct Queue {
        std::function<admind::QueuedMessage(spool::MessageId, const spool::Entry&, const spool::Envelope&)> describe;
        std::function<void(spool::MessageId, Action, const OrderPointer&)> carry_out;
    };

    AdminJobs(spool::Spool& spool, Peers& peers, Queue queue)
        : spool_(spool), peers_(peers), queue_(std::move(queue)) {}

    void add(Peer admind, const List& message);
    void add(Peer admind, const Act& message);
    /// Whoever asked is gone: pages and orders end where they are, and a successor hears nothing of them.
    void drop_those_of(Peer admind);

    bool is_idle() const { return jobs_.empty(); }
    void work_a_little();

private:
    using Snapshot = std::shared_ptr<const std::vector<spool::MessageId>>;  // shared by jobs that page through one

    struct Job {
        Filter filter;
        Snapshot ids;
        std::size_t next = 0;
        OrderPointer order;  // of an Act; else it is a List
        Peer peer;
        std::uint32_t limit = 0;
        admind::Listed listed;
        std::size_t octets = 0;  // of the page
        Action action = Action::Retry;
    };

    Snapshot snapshot(const Filter& filter) const;
    bool work_on(Job& job);
    void look_at(Job& job, spool::MessageId id);
    void finish(Job& job);
    static bool is_page_full(const Job& job);

    spool::Spool& spool_;
    Peers& peers_;
    Queue queue_;
    std::deque<Job> jobs_;
    std::vector<std::weak_ptr<AdminOrder>> orders_;
    Snapshot paged_through_;  // of the listing under way
};

/// About as many as one page of a listing has.
constexpr std::size_t longest_page_octets = 4 * 1024 * 1024;
std::size_t octets_of(const admind::QueuedRecipient& recipient);

}  // namespace qmgr
