#pragma once
// One machine that runs Hermod: its processes, its disks, the lines between the processes. The code is the server's
// own: qmgr::Queue on spool::JournalSpool, relay::Relay, deliver::Attempts and mailbox::Maildir; only clock, disks,
// network and the event loops around them are the simulation's.
//
// Nothing happens by itself. step() lets one of those who could do something do it; which one, the dice decide.

#include <array>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "deliver/attempts.h"
#include "dns/table.h"
#include "mailbox/maildir.h"
#include "network.h"
#include "qmgr/queue.h"
#include "relay/relay.h"
#include "simulated_disk/simulated_disk.h"
#include "simulated_disk/stepped_worker.h"
#include "watched_spool.h"

namespace simulation {

constexpr std::size_t relays = 2;
enum class Process : std::uint8_t { Qmgr, Deliver, Smtpd, Relay0, Relay1, Directory };
constexpr std::size_t processes = 6;

struct Weather {
    std::uint64_t chaos = 0;       // on the network: one in so many goes wrong; 0: nothing
    bool has_mail_reader = false;  // somebody moves mail from new/ to cur/
};

class Machine final : public qmgr::Peers {
public:
    Machine(Truth& truth, Dice& dice, simulated_disk::Options disk_options);
    ~Machine() override;

    VirtualClock clock;
    simulated_disk::SimulatedDisk spool_disk;
    simulated_disk::SimulatedDisk mail_disk;
    Weather weather;
    bool tracing = false;

    /// Everything that is not running starts. False: the spool refuses to open.
    bool start();
    /// One event; false: nothing can happen before next_event().
    bool step();
    std::optional<clocks::Steady> next_event();
    void pass_to(clocks::Steady then);

    void submit(Sent& sent, bool by_blob);
    void kill(Process process);
    void lose_power();

    bool is_finished() const;
    bool is_broken() const { return qmgr_ && qmgr_->spool->journal().is_broken(); }
    bool runs(Process process) const;
    /// What lies in the Maildir, for the Truth: once, at the end.
    void read_mailbox();
    std::string state() const;

private:
    struct Qmgr {
        simulated_disk::SteppedWorker commits;
        simulated_disk::SteppedWorker background;
        std::unique_ptr<WatchedSpool> spool;
        std::unique_ptr<qmgr::Queue> queue;
    };
    struct RelayProcess {
        boost::asio::io_context context{1};
        Network network;
        relay::Means means;
        std::unique_ptr<relay::Relay> relay;
        RelayProcess(Machine& machine, std::size_t index);
    };
    struct DeliverProcess {
        std::unique_ptr<deliver::Attempts> attempts;
        std::deque<deliver::Job> jobs;
        std::unique_ptr<mailbox::Maildir> maildir;
    };
    struct Outstanding {
        std::size_t relay;
        bool is_answered = false;
    };
    class DiceRandom final : public qmgr::Random {
    public:
        explicit DiceRandom(Dice& dice) : dice_(dice) {}
        std::uint64_t next() override { return dice_.next(); }

    private:
        Dice& dice_;
    };
    using Errand = std::move_only_function<void()>;

    // ---- qmgr::Peers
    void send(qmgr::Peer, const smtpd::Committed& message) override;
    void send(qmgr::Peer, const smtpd::Refused& message) override;
    void send(qmgr::Peer, const smtpd::BlobOpened& message) override;
    void send(qmgr::Peer peer, const relay::Attempt& message) override;
    void send(qmgr::Peer peer, const relay::Connections& message) override;
    void send(qmgr::Peer, const deliver::Attempt& message) override;
    void send(qmgr::Peer, const directory::LookUp& message) override;
    void send(qmgr::Peer, const admind::Listed&) override {}
    void send(qmgr::Peer, const admind::Acted&) override {}
    void send(qmgr::Peer, const admind::Content&) override {}
    void send(qmgr::Peer, const admind::Totals&) override {}

    std::deque<Errand>& line(Process from, Process to) {
        return lines_[static_cast<std::size_t>(from) * processes + static_cast<std::size_t>(to)];
    }
    template <typename... Values>
    void trace(fmt::format_string<Values...> format, Values&&... values) const {
        if (!tracing) return;
        fmt::print("{:>10} ", clock.steady().time_since_epoch().count());
        fmt::print(format, std::forward<Values>(values)...);
        fmt::print("\n");
    }
    void trace_event(logs::Event event, spool::MessageId id, logs::Fields fields) const;
    /// What the queue sends goes to the process it knows; where that one is dead already, nowhere.
    std::deque<Errand>& line_from_queue(Process to);
    void drop_lines(Process process);
    bool start_qmgr();
    void start_relay(std::size_t index);
    void start_deliver();
    void tell_queue_of_new(Process process);
    void tell_queue_of_loss(Process process);
    void kill_qmgr();
    void excuse_outstanding();
    std::string whole(spool::MessageId id, const std::string& octets, std::uint64_t size);

    bool step_lines();
    bool step_disk();
    bool step_queue();
    bool step_relays();
    bool step_deliver();
    bool step_mail_reader();
    void work_on_mail();
    void guard(Process process, const std::function<void()>& action);

    Truth& truth_;
    Dice& dice_;
    DiceRandom random_;
    relay::Config relay_config_;
    resolver::TableResolver resolver_;
    qmgr::Settings settings_;

    std::unique_ptr<Qmgr> qmgr_;
    std::array<std::unique_ptr<RelayProcess>, relays> relays_;
    std::unique_ptr<DeliverProcess> deliver_;
    bool smtpd_runs_ = false;
    std::array<std::deque<Errand>, processes * processes> lines_;
    std::array<bool, processes> is_known_{};  // the queue has been told of the one that runs
    std::deque<Errand> nowhere_;

    std::map<std::uint64_t, std::size_t> tickets_;  // of submissions whose answer smtpd awaits → index in the truth
    std::map<std::uint64_t, std::size_t> blobs_;    // of blobs asked for
    std::uint64_t last_ticket_ = 0;
    std::map<std::string, Outstanding> outstanding_;  // by address: a relay has it, or its outcome is not written
    std::map<std::uint64_t, std::vector<std::string>> flights_;  // by attempt
};

qmgr::Peer peer_of(Process process);

}  // namespace simulation
