#pragma once
// The queue: takes responsibility for messages, decides what is tried when and by whom, and what becomes of each
// recipient in the end. RFC 5321 §4.2.5, §4.5.4, §6.1.
//
// A state machine on one thread, without sockets and without waiting: it is told what happened and says what to do,
// through Peers and the Spool. Its owner calls tick() when deadline() has come. main.cc drives it in the server, the
// simulator under a virtual clock; tests by hand.
//
// Where to read on: a message comes in, submission.cc; what is due and whose turn it is, schedule.cc; an attempt is
// given out and comes back, attempt.cc; what that means for each recipient, verdict.cc; how it becomes durable together
// with the notification about it, settle.cc; an administrator's wishes, admin.cc.
//
// Each task (recipients of one message for one destination) is in one State (place.h):
//
//     submitted ──► Ready ──► InFlight ──► settled: over
//                     ▲           │
//                     │ due       ▼ deferred
//                     └─────── Waiting ◄──► held

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "logs/log.h"
#include "qmgr/admin_jobs.h"
#include "qmgr/age.h"
#include "qmgr/arrangement.h"
#include "qmgr/bounce.h"
#include "qmgr/conclusion.h"
#include "qmgr/destination.h"
#include "qmgr/due.h"
#include "qmgr/inbox.h"
#include "qmgr/passages.h"
#include "qmgr/peers.h"
#include "qmgr/place.h"
#include "qmgr/process_load.h"
#include "qmgr/retry.h"
#include "qmgr/settings.h"
#include "qmgr/settling.h"
#include "spool/spool.h"

namespace qmgr {

class Circles;

/// Where events go: logs::Log::event in the server.
using Record = std::function<void(logs::Event, spool::MessageId, logs::Fields)>;

class Queue {
public:
    Queue(Settings settings, spool::Spool& spool, const clocks::Clock& clock, Peers& peers, Random& random,
          Record record);
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    /// Schedules what the spool holds. Once, before anything else.
    void start();
    /// Other settings from now on; routes are applied anew to everything that is not being tried at the moment.
    void configure(Settings settings);
    /// No more attempts are given out; messages are still taken. Done when is_quiet(), then flush the spool.
    void stop() { is_stopping_ = true; }
    bool is_quiet() const { return flights_.empty() && submissions_ + settlements_ == 0 && unsettled_.empty(); }

    void peer_new(Peer peer);
    void peer_gone(Peer peer);

    void on(Peer submitter, Submit message);
    void on(Peer submitter, const OpenBlob& message);
    void on(Peer submitter, const DropBlob& message);
    void on(Peer relay_or_deliver, const AttemptDone& message);
    void on(const directory::Resolved& message);
    void on(Peer admind, const List& message);
    void on(Peer admind, const Act& message);
    void on(Peer admind, const Fetch& message);
    void on(Peer admind, const Count& message);
    void on(Peer admind, const Pause& message);

    /// When tick() is to be called next; nothing: not before something else happens.
    std::optional<clocks::Steady> deadline() const;
    void tick();

    std::size_t in_flight() const { return flights_.size(); }
    /// Messages that a process died of, perhaps.
    std::size_t suspects() const { return losses_.size(); }

private:
    struct Flight {
        Peer peer;
        DestinationNumber destination = unknown_destination;
        clocks::Steady began;
        std::uint64_t octets = 0;
        bool bounce_wanted = false;  // an administrator asked meanwhile
        Conclusion draft;
    };
    struct BlobName {
        Peer peer;
        std::uint64_t ticket = 0;
        auto operator<=>(const BlobName&) const = default;
    };
    struct Subject {  // one task, found
        spool::Entry* entry = nullptr;
        spool::Task* task = nullptr;
        explicit operator bool() const { return task != nullptr; }
    };

    // time
    clocks::Steady now() const { return clock_.steady(); }
    std::int64_t wall() const { return clock_.wall().time_since_epoch().count(); }

    // submission.cc
    struct Submission {
        Peer from;
        std::uint64_t generation = 0;
        Submit message;
        std::optional<spool::BlobId> blob;
        spool::MessageId id = 0;
        std::vector<std::size_t> circles;  // recipients for whom it goes round and is not to be delivered, by index
        std::string message_id;            // its Message-ID
        std::string hops;                  // of one that goes round: the way it came
        bool hold = false;
        bool is_for_later = false;  // RFC 4865
    };
    std::optional<spool::BlobId> take_blob(Peer submitter, std::uint64_t ticket);
    std::optional<smtp::Reply> flaw_of(const Submission& submission) const;
    void note_room();
    bool read_header(Submission& submission);
    bool break_loops(Submission& submission, const Circles& circles);
    bool stamp_id(Submission& submission);
    void commit(Submission submission);
    void committed(const Submission& submission, const spool::Outcome& outcome,
                   const std::vector<std::string>& destinations);
    void record_accepted(const Submission& submission, std::size_t recipients);
    void drop(const Submission& submission, smtp::Reply reply);
    void schedule_new(spool::MessageId id, const std::vector<std::string>& destinations);

    // schedule.cc
    Subject find(TaskName name);
    void wait(TaskName name, spool::Task& task);
    void make_ready(TaskName name, spool::Task& task);
    void assign(spool::Task& task, DestinationNumber number, State state);
    void unassign(spool::Task& task);
    void forget_tasks(spool::Entry& entry);
    void look_at(const Mark& mark);
    bool means_something(const Mark& mark) const;
    void rest(DestinationNumber number);
    bool know_destination(TaskName name, spool::Task& task);
    void reroute(TaskName name, spool::Task& task);
    void defer_unread(TaskName name, spool::Task& task, const file::Error& error);
    void sweep();
    void sweep_task(TaskName name, DestinationNumber number);

    // attempt.cc
    void give_out();
    void give_out_by(Way way);
    std::optional<TaskName> next_ready(DestinationNumber number);
    void start_attempt(TaskName name, DestinationNumber number, ProcessLoad& process);
    void settle_ourselves(TaskName name, DestinationNumber number);
    std::optional<spool::Stored> load(TaskName name);
    std::optional<Conclusion> draft(TaskName name, const spool::Task& task, const spool::Envelope& envelope,
                                    std::string_view destination) const;
    void send_to_relay(const Flight& flight, spool::Stored& message);
    void send_to_deliver(const Flight& flight, spool::Stored& message, const spool::Task& task);
    void tell_connections(DestinationState& destination, Peer relay);
    void forget_who_was_told();
    void record_attempt(const Conclusion& conclusion, const DestinationState& destination,
                        const std::string& reverse_path);
    Flight* flight_of(TaskName name);
    const Flight* flight_of(TaskName name) const;
    void take_back(Flight flight);
    void lose(Flight flight);
    void note(DestinationNumber number, Destination told, clocks::Steady began, std::string_view reason);

    // verdict.cc
    bool is_expired(const spool::Entry& entry, const spool::Task& task, const DestinationState* destination) const;
    bool is_delay_due(const spool::Entry& entry, const spool::Task& task) const;
    void judge(Flight& flight, const AttemptDone& message, const Subject& subject);
    void judge_one(Verdict& verdict, const RecipientOutcome& outcome) const;
    void expire(Conclusion& conclusion, const spool::Task& task) const;
    void record_verdicts(const Conclusion& conclusion, std::int64_t due);

    // settle.cc
    void conclude(Conclusion conclusion, OrderPointer order = nullptr);
    struct Unsettled {
        Conclusion conclusion;
        OrderPointer order;
        bool is_double = false;  // its sender does not exist: the notification goes to double_bounce_to
    };
    void conclude_without_room(Conclusion& conclusion);
    void settle_apart(Conclusion& conclusion, const std::function<bool(const Verdict&)>& is_apart);
    void forgo_delay_notice(std::uint64_t ticket);
    void forget(const Unsettled& unsettled);
    void wait_for_address(Unsettled unsettled);
    void ask_return_address(std::uint64_t ticket);
    std::string address_to_tell(const Unsettled& unsettled) const;
    bool turn_to_double_bounce(std::uint64_t ticket);
    void ask_again();
    void postpone_asking();
    std::vector<spool::Recipient> guessed_return_address(const std::string& reverse_path) const;
    bool settle(const Unsettled& unsettled, const std::vector<spool::Recipient>& return_to);
    file::Result<std::vector<WrittenNotice>> write_notices(const Unsettled& unsettled,
                                                           const std::vector<spool::Recipient>& return_to);
    void drop_notices(std::vector<WrittenNotice>& notices);
    spool::Progress progress_of(const Conclusion& conclusion, const Subject& subject);
    void move_on(const Conclusion& conclusion);
    void point_at_untried(TaskName name, spool::Task& task, std::uint64_t untried);
    void submit(spool::Progress progress, std::vector<WrittenNotice> notices, const Unsettled& unsettled);
    void notices_durable(const WrittenNotice& notice, const Unsettled& about);
    void record_nobody_told(const Conclusion& conclusion, std::string_view reason);
    void submit_lazily(spool::Progress progress);

    // admin.cc
    admind::QueuedMessage describe(spool::MessageId id, const spool::Entry& entry,
                                   const spool::Envelope& envelope) const;
    admind::QueuedRecipient describe(TaskName name, const spool::Task& task, std::uint32_t place,
                                     const spool::Recipient& recipient) const;
    void pause(std::string_view traffic, bool& is_paused, bool wanted);
    void carry_out(spool::MessageId id, Action action, const OrderPointer& order);
    bool is_wanted_later(const spool::Entry& entry) const;
    void retry_now(spool::MessageId id, spool::Entry& entry);
    void hold(spool::MessageId id, spool::Entry& entry, bool held, const OrderPointer& order);
    void remove(spool::MessageId id, spool::Entry& entry, const OrderPointer& order);
    void bounce(spool::MessageId id, spool::Entry& entry, const OrderPointer& order);
    void bounce_task(TaskName name, spool::Task& task, const spool::Envelope& envelope, const OrderPointer& order);
    std::move_only_function<void(spool::Outcome)> counted(const OrderPointer& order);

    Settings settings_;
    spool::Spool& spool_;
    const clocks::Clock& clock_;
    Peers& peers_;
    Random& random_;
    Record record_;
    RetrySchedule schedule_;
    Ages ages_;
    NoticeWriter writer_;

    DueMarks marks_;
    std::size_t waiting_ = 0;  // tasks that have a mark which means something
    std::size_t ready_ = 0;
    Destinations destinations_;
    Processes processes_;
    bool has_directory_ = false;  // it is there
    bool knows_directory_;        // it comes, or comes back
    bool is_stopping_ = false;
    bool local_is_paused_ = false;
    bool remote_is_paused_ = false;

    std::unordered_map<std::uint64_t, Flight> flights_;
    std::uint64_t last_attempt_;
    std::unordered_map<spool::MessageId, std::uint8_t> losses_;  // processes that died of it, perhaps

    std::map<Peer, std::uint64_t> generations_;  // of submitters: answers go to the one that asked
    std::map<BlobName, spool::BlobId> blobs_;
    std::size_t submissions_ = 0;  // on their way to the disk
    std::size_t settlements_ = 0;  // likewise

    Settling settling_;
    std::map<std::uint64_t, Unsettled> unsettled_;  // by ticket of the question to directory
    std::uint64_t last_ticket_ = 0;
    std::optional<clocks::Steady> ask_again_at_;

    std::optional<clocks::Steady> flush_at_;
    mutable std::optional<clocks::Steady> retry_spool_at_;  // while the spool is stalled; deadline() notices that it is
    static constexpr std::chrono::milliseconds spool_pause{1100};  // the spool itself pauses for a second
    clocks::Steady sweep_at_;
    DestinationNumber sweeping_ = 0;  // 0: no sweep is under way
    std::size_t sweep_position_ = 0;

    Passages passages_;

    AdminJobs admin_jobs_;
    bool was_full_ = false;
};

}  // namespace qmgr
