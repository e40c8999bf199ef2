// qmgr: keeps every message Hermod has accepted, and decides what is tried when. It owns the spool and reaches nothing
// else: no network, no mailboxes, no programs.

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <random>

#include "clocks/clock.h"
#include "config/load.h"
#include "file/posix_disk.h"
#include "file/thread_worker.h"
#include "logs/give_up.h"
#include "qmgr/config.h"
#include "qmgr/farewell.h"
#include "qmgr/queue.h"
#include "qmgr/run.h"
#include "qmgr/sandbox.h"
#include "qmgr/ticker.h"
#include "qmgr/wiring.h"
#include "sandbox/sandbox.h"
#include "spool/journal_spool.h"

namespace qmgr {

namespace asio = boost::asio;

namespace {

/// Half of it is for answers (farewell.h): longer than anybody may have one who ends at the same moment.
constexpr std::chrono::milliseconds time_without_master{4500};

class SystemRandom final : public Random {
public:
    std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_{std::random_device{}()};
};

/// What is on disk now may wait for a time of its own (RFC 4865), so the clock is set after it.
file::ThreadWorker::Post post_to(asio::io_context& context, Ticker& ticker) {
    return [&](std::move_only_function<void()> done) {
        asio::post(context, [&ticker, done = std::move(done)]() mutable {
            done();
            ticker.arm();
        });
    };
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

    Ticker ticker(context, clock);
    file::ThreadWorker commits(post_to(context, ticker));
    file::ThreadWorker background(post_to(context, ticker));
    spool::Options options;
    options.segment_size = config.queue.segment_size;
    options.keep_free = config.queue.keep_free;
    const auto report = [&](const std::string& what) { log.event(logs::Event::SpoolDamaged, {{"reason", what}}); };
    auto spool = spool::JournalSpool::open({disk, commits, background, clock, report}, options);
    if (!spool) return logs::give_up(log, spool.error().text);
    log.event(logs::Event::SpoolRecovered, {{"messages", (*spool)->size()}});

    bool is_closing = false;
    Wiring wiring(
        context, [&] { ticker.arm(); },
        [&](Peer peer, const std::string& why) {
            if (is_closing) return;  // they all leave
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
         .on_stop = [&](std::chrono::milliseconds time) { farewell.begin(time); },
         .on_process = {},
         .on_answer = {},
         .on_closing =
             [&] {
                 is_closing = true;
                 queue.stop();
             },
         .time_without_master = time_without_master});
    control.ready(missing_fences);
    ticker.arm();
    context.run();
    return 0;
}

}  // namespace qmgr
