// qmgr: keeps every message Hermod has accepted, and decides what is tried when. It owns the spool and reaches nothing
// else: no network, no mailboxes, no programs.

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include "clocks/clock.h"
#include "config/load.h"
#include "file/posix_disk.h"
#include "file/thread_worker.h"
#include "qmgr/config.h"
#include "qmgr/queue.h"
#include "qmgr/run.h"
#include "qmgr/sandbox.h"
#include "qmgr/wiring.h"
#include "sandbox/sandbox.h"
#include "spool/journal_spool.h"

namespace qmgr {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds longest_farewell{4000};  // master kills after five seconds

class SystemRandom final : public Random {
public:
    std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_{std::random_device{}()};
};

/// Calls tick() when the queue's deadline comes.
class Ticker {
public:
    Ticker(asio::io_context& context, const clocks::Clock& clock) : clock_(clock), timer_(context) {}

    void use(Queue& queue) { queue_ = &queue; }
    void arm() {
        const auto deadline = queue_->deadline();
        if (!deadline || (armed_for_ && *armed_for_ <= *deadline)) return;  // one that rings too early does no harm
        armed_for_ = deadline;
        timer_.expires_at(*deadline);
        timer_.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            armed_for_.reset();
            // The timer may ring within the millisecond before.
            if (const auto due = queue_->deadline(); due && *due <= clock_.steady() + milliseconds(1)) queue_->tick();
            arm();
        });
    }

private:
    const clocks::Clock& clock_;
    asio::steady_timer timer_;
    Queue* queue_ = nullptr;
    std::optional<clocks::Steady> armed_for_;
};

/// The end: no more attempts, those in flight may come back, everything is written down.
class Farewell {
public:
    Farewell(asio::io_context& context, Queue& queue, const Wiring& wiring, spool::Spool& spool, file::Worker& commits)
        : context_(context), queue_(queue), wiring_(wiring), spool_(spool), commits_(commits), timer_(context) {}

    void begin() {
        queue_.stop();
        last_moment_ = std::chrono::steady_clock::now() + longest_farewell;
        wait();
    }

private:
    void wait() {
        const bool is_quiet = queue_.is_quiet() && wiring_.unsent() == 0;
        if (is_quiet || std::chrono::steady_clock::now() > last_moment_) return finish(/*rounds=*/4);
        timer_.expires_after(milliseconds(10));
        timer_.async_wait([this](const boost::system::error_code&) { wait(); });
    }
    /// The worker does one thing after another: when it has come round behind the group being written, the one that
    /// formed meanwhile, and their repetition in a new segment, nothing is left.
    void finish(int rounds) {
        spool_.flush();
        if (rounds == 0) return context_.stop();
        commits_.run([] {}, [this, rounds] { finish(rounds - 1); });
    }

    asio::io_context& context_;
    Queue& queue_;
    const Wiring& wiring_;
    spool::Spool& spool_;
    file::Worker& commits_;
    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point last_moment_;
};

file::ThreadWorker::Post post_to(asio::io_context& context) {
    return [&context](std::move_only_function<void()> done) { asio::post(context, std::move(done)); };
}

}  // namespace

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    auto config = config::load<Config>(given.config);
    const auto log_options = [](const Config& from) {
        return site::log_options(from.log, "qmgr/0",
                                 {.local = from.local.deliveries, .remote = from.relay.connections});
    };
    logs::Log log(clock, log_options(config), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    SystemRandom random;
    const auto missing_fences = sandbox::enter(policy(), given);
    file::PosixDisk disk(given.take_directory(process::Directory::Purpose::Spool));

    file::ThreadWorker commits(post_to(context));
    file::ThreadWorker background(post_to(context));
    spool::Options options;
    options.segment_size = config.queue.segment_size;
    options.keep_free = config.queue.keep_free;
    const auto report = [&](const std::string& what) { log.event(logs::Event::SpoolDamaged, {{"reason", what}}); };
    auto spool = spool::JournalSpool::open({disk, commits, background, clock, report}, options);
    if (!spool) {
        log.event(logs::Event::Alert, {{"reason", spool.error().text}});
        log.flush();
        return 1;
    }
    log.event(logs::Event::SpoolRecovered, {{"messages", (*spool)->size()}});

    Ticker ticker(context, clock);
    Wiring wiring(
        context, [&] { ticker.arm(); },
        [&](Peer peer, const std::string& why) {
            log.event(logs::Event::PeerLost,
                      {{"peer", fmt::format("{}/{}", name(peer.role), peer.index)}, {"reason", why}});
        });
    Queue queue(settings_of(config), **spool, clock, wiring, random,
                [&](logs::Event event, spool::MessageId id, logs::Fields fields) { log.event(event, id, fields); });
    ticker.use(queue);
    wiring.use(queue);
    queue.start();
    for (auto& peer : given.peers) wiring.connect(std::move(peer));
    Farewell farewell(context, queue, wiring, **spool, commits);

    process::Control control(
        context, std::move(given.control),
        {.on_peer = [&](process::Peer peer) { wiring.connect(std::move(peer)); },
         .on_reload =
             [&](const std::string& text) {
                 config = config::load<Config>(text);
                 log.replace(log_options(config));
                 queue.configure(settings_of(config));
                 ticker.arm();
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop = [&] { farewell.begin(); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    ticker.arm();
    context.run();
    return 0;
}

}  // namespace qmgr
