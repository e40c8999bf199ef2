#pragma once
// A queue on a table, for tests: a clock that stands still until it is moved, a spool in memory, and peers that write
// down what they are sent.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "qmgr/queue.h"
#include "qmgr/testing/memory_spool.h"

namespace qmgr::testing {

class TableClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return wall_; }
    clocks::Steady steady() const override { return steady_; }
    void pass(milliseconds time) {
        wall_ += time;
        steady_ += time;
    }
    void set_wall_forward(milliseconds time) { wall_ += time; }

private:
    clocks::Wall wall_{std::chrono::seconds(1'700'000'000)};
    clocks::Steady steady_{std::chrono::hours(100)};
};

class CountingRandom final : public Random {
public:
    std::uint64_t next() override { return state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL; }

private:
    std::uint64_t state_ = 1;
};

constexpr Peer smtpd{process::Role::Smtpd, 0};
constexpr Peer relay0{process::Role::Relay, 0};
constexpr Peer relay1{process::Role::Relay, 1};
constexpr Peer deliver0{process::Role::Deliver, 0};
constexpr Peer admind0{process::Role::Admind, 0};
constexpr Peer directory0{process::Role::Directory, 0};

/// What the queue sent, oldest first.
class Recorder final : public Peers {
public:
    template <typename M>
    using Sent = std::deque<std::pair<Peer, M>>;

    Sent<::smtpd::Committed> committed;
    Sent<::smtpd::Refused> refused;
    std::vector<std::uint64_t> blobs_opened;
    Sent<relay::Connections> connections;
    Sent<directory::LookUp> look_ups;
    Sent<admind::Listed> listed;
    Sent<admind::Acted> acted;
    Sent<admind::Totals> totals;
    std::vector<std::string> contents;

    /// Attempts of both kinds, by what matters.
    struct Attempt {
        Peer peer;
        std::uint64_t number = 0;
        spool::MessageId message = 0;
        std::string destination;
        std::vector<std::string> recipients;
        std::string octets;
        std::string from = {};
    };
    std::deque<Attempt> attempts;

    void send(Peer peer, const ::smtpd::Committed& m) override { committed.emplace_back(peer, m); }
    void send(Peer peer, const ::smtpd::Refused& m) override { refused.emplace_back(peer, m); }
    void send(Peer, const ::smtpd::BlobOpened& m) override { blobs_opened.push_back(m.ticket); }
    void send(Peer peer, const relay::Connections& m) override { connections.emplace_back(peer, m); }
    void send(Peer peer, const directory::LookUp& m) override { look_ups.emplace_back(peer, m); }
    void send(Peer peer, const admind::Listed& m) override { listed.emplace_back(peer, m); }
    void send(Peer peer, const admind::Acted& m) override { acted.emplace_back(peer, m); }
    void send(Peer, const admind::Content& m) override { contents.push_back(m.octets); }
    void send(Peer peer, const admind::Totals& m) override { totals.emplace_back(peer, m); }
    void send(Peer peer, const relay::Attempt& m) override {
        Attempt attempt{peer, m.attempt, m.message, m.destination, {}, m.octets, m.envelope.reverse_path};
        for (const auto& recipient : m.envelope.recipients) attempt.recipients.push_back(recipient.address);
        attempts.push_back(std::move(attempt));
    }
    void send(Peer peer, const deliver::Attempt& m) override {
        attempts.push_back({peer, m.attempt, m.message, "local:" + m.address, {m.address}, m.octets, m.reverse_path});
    }
};

inline RecipientOutcome relayed() {
    return {.status = Status::Relayed, .reply = {250, "2.0.0", "ok"}, .remote = "mx[192.0.2.1]:25"};
}
inline RecipientOutcome delivered() { return {.status = Status::Delivered, .reply = {250, "2.0.0", "ok"}}; }
inline RecipientOutcome failed() {
    return {.status = Status::Failed, .reply = {550, "5.1.1", "No such user"}, .remote = "mx[192.0.2.1]:25"};
}
inline RecipientOutcome deferred() {
    return {.status = Status::Deferred, .reply = {450, "4.2.1", "Later"}, .remote = "mx[192.0.2.1]:25"};
}

struct Desk {
    struct Event {
        logs::Event event;
        spool::MessageId id;
        std::map<std::string, std::string> keys;
    };

    TableClock clock;
    MemorySpool spool;
    Recorder sent;
    CountingRandom random;
    std::vector<Event> events;
    Queue queue;
    std::uint64_t tickets = 0;

    explicit Desk(Settings settings = {})
        : queue(without_directory(std::move(settings)), spool, clock, sent, random,
                [this](logs::Event event, spool::MessageId id, logs::Fields fields) {
                    Event kept{event, id, {}};
                    for (const auto& field : fields)
                        kept.keys[std::string(field.key)] = field.kind == logs::Field::Kind::Text
                                                                ? std::string(field.text)
                                                                : std::to_string(field.number);
                    events.push_back(std::move(kept));
                }) {
        queue.start();
        for (const Peer peer : {smtpd, relay0, deliver0, admind0}) queue.peer_new(peer);
    }

    static Settings without_directory(Settings settings) {
        settings.asks_directory = false;
        return settings;
    }
    static spool::Recipient to(std::string address, std::uint8_t notify = smtp::notify_unspecified) {
        return {.smtp = {.address = std::move(address), .notify = notify}, .transport = spool::Transport::Relay};
    }
    static spool::Recipient local(std::string address, std::uint8_t notify = smtp::notify_unspecified) {
        auto recipient = to(std::move(address), notify);
        recipient.transport = spool::Transport::Local;
        return recipient;
    }
    static spool::Envelope envelope(std::string from, std::vector<spool::Recipient> recipients) {
        return {.reverse_path = std::move(from), .recipients = std::move(recipients), .origin = "test"};
    }

    /// Brings a message and does not wait for the disk.
    void bring(spool::Envelope message, std::string octets = "Subject: test\r\n\r\nbody\r\n") {
        Submit submit{.ticket = ++tickets, .envelope = std::move(message), .octets = std::move(octets)};
        submit.size = submit.octets.size();
        queue.on(smtpd, std::move(submit));
    }
    /// Brings a message; its id.
    spool::MessageId submit(spool::Envelope message, std::string octets = "Subject: test\r\n\r\nbody\r\n") {
        bring(std::move(message), std::move(octets));
        spool.settle_all();
        return sent.committed.empty() ? 0 : sent.committed.back().second.id;
    }

    Recorder::Attempt next_attempt() {
        if (sent.attempts.empty()) return {};
        auto attempt = std::move(sent.attempts.front());
        sent.attempts.pop_front();
        return attempt;
    }
    void answer(const Recorder::Attempt& attempt, RecipientOutcome outcome, Destination told = Destination::Fine) {
        queue.on(attempt.peer, {.attempt = attempt.number,
                                .destination = told,
                                .recipients = std::vector(attempt.recipients.size(), std::move(outcome))});
        spool.settle_all();
    }

    /// Moves the clock to the queue's next deadline, at most that far; ticks there.
    void pass(milliseconds time) {
        const auto end = clock.steady() + time;
        for (int turns = 0; turns < 1'000'000; ++turns) {
            const auto next = queue.deadline();
            if (!next || *next > end) break;
            if (*next > clock.steady()) clock.pass(*next - clock.steady());
            queue.tick();
            spool.settle_all();
        }
        if (clock.steady() < end) clock.pass(end - clock.steady());
    }

    std::size_t count(logs::Event event) const {
        return static_cast<std::size_t>(std::ranges::count(events, event, &Event::event));
    }
};

}  // namespace qmgr::testing
