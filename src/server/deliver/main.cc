// deliver: puts mail into mailboxes, each as its owner. This process only hands out the work; its workers (worker.h)
// have become the owners, and it touches no mailbox itself. It makes no connections and runs no programs.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "clocks/clock.h"
#include "config/load.h"
#include "deliver/attempts.h"
#include "deliver/config.h"
#include "deliver/crew.h"
#include "deliver/run.h"
#include "deliver/sandbox.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "sandbox/sandbox.h"

namespace deliver {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds longest_farewell{4000};  // master kills after five seconds

Attempts::Settings settings_of(const Config& config, bool becomes_owner) {
    const bool fails = config.local.over_quota == site::OverQuota::Bounce;
    return {.mail_directory = config.mail_directory,
            .becomes_owner = becomes_owner,
            .own_uid = ::geteuid(),
            .own_gid = ::getegid(),
            .when_over_quota = fails ? WhenOverQuota::Fail : WhenOverQuota::Defer};
}

/// The process: two neighbours, the attempts, the crew.
class Deliver {
public:
    Deliver(asio::io_context& context, const clocks::Clock& clock, logs::Log& log, const Config& config,
            WorkerStart start)
        : context_(context),
          log_(log),
          start_(std::move(start)),
          attempts_(clock, settings_of(config, start_.becomes_owner),
                    {.ask =
                         [this](const auto& question) {
                             if (directory_) directory_->send(question);
                         },
                     .answer =
                         [this](const auto& done) {
                             if (qmgr_) qmgr_->send(done);
                         },
                     .give = [this](const Owner& owner, Job job) { crew_.give(owner, std::move(job)); },
                     .on_trouble = [this](auto message, const auto& address,
                                          const auto& report) { note(message, address, report); }}),
          crew_(context, {.most = config.local.deliveries},
                {.start = [this](const Owner& owner) { return start_worker(owner, start_); },
                 .on_report = [this](const Report& report) { attempts_.take(report); },
                 .on_trouble =
                     [this](const Owner& owner, const std::string& why) {
                         log_.event(logs::Event::Warning, {{"reason", why}, {"uid", owner.uid}, {"home", owner.home}});
                     }}) {}

    void connect(process::Peer peer) {
        if (peer.role == process::Role::Qmgr) connect_qmgr(std::move(peer.socket));
        if (peer.role == process::Role::Directory) connect_directory(std::move(peer.socket));
    }
    void configure(const Config& config) { attempts_.replace(settings_of(config, start_.becomes_owner)); }

    /// Waits for what is at work, but not long.
    void stop() {
        last_moment_ = std::chrono::steady_clock::now() + longest_farewell;
        farewell_.emplace(context_);
        wait_for_the_last();
    }

private:
    void connect_qmgr(file::Descriptor socket) {
        if (std::exchange(was_connected_, true))
            attempts_.qmgr_is_lost();  // its successor may come before its end is seen
        qmgr_.emplace(context_, std::move(socket),
                      QmgrLink::Handlers{
                          .on_message = [this](FromQmgr order) { attempts_.take(std::get<Attempt>(std::move(order))); },
                          .on_gone =
                              [this](const std::string&) {
                                  qmgr_.reset();
                                  attempts_.qmgr_is_lost();
                              }});
    }
    void connect_directory(file::Descriptor socket) {
        directory_.emplace(
            context_, std::move(socket),
            DirectoryLink::Handlers{
                .on_message =
                    [this](FromDirectory answer) { attempts_.take(std::get<directory::Mailbox>(std::move(answer))); },
                .on_gone = [this](const std::string&) { directory_.reset(); }});
        attempts_.directory_is_back();
    }
    void note(std::uint64_t message, const std::string& address, const Report& report) {
        const auto event = report.result == Result::Unsafe ? logs::Event::Alert : logs::Event::Warning;
        log_.event(event, message, {{"reason", report.detail}, {"to", address}});
    }
    void wait_for_the_last() {
        const bool is_done = attempts_.open() == 0 && (!qmgr_ || qmgr_->unsent() == 0);
        if (is_done || std::chrono::steady_clock::now() > last_moment_) return context_.stop();
        farewell_->expires_after(std::chrono::milliseconds(20));
        farewell_->async_wait([this](const auto&) { wait_for_the_last(); });
    }

    using QmgrLink = ipc::Link<FromQmgr, qmgr::FromDeliver>;
    using DirectoryLink = ipc::Link<FromDirectory, directory::FromDeliver>;

    asio::io_context& context_;
    logs::Log& log_;
    WorkerStart start_;
    std::optional<QmgrLink> qmgr_;
    std::optional<DirectoryLink> directory_;
    bool was_connected_ = false;
    Attempts attempts_;
    Crew crew_;
    std::chrono::steady_clock::time_point last_moment_;
    std::optional<asio::steady_timer> farewell_;
};

file::Descriptor open_directory(const std::string& path) {
    return file::Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

file::Descriptor mail_directory_of(process::Inheritance& given, const std::string& path) {
    if (auto inherited = given.take_directory(process::Directory::Purpose::Mail)) return inherited;
    if (!given.privileged) ::mkdir(path.c_str(), 0700);  // a server of one user, without a master that may
    return open_directory(path);
}

}  // namespace

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    auto config = config::load<Config>(given.config);
    const std::string name = "deliver/" + std::to_string(given.index);
    logs::Log log(clock, site::log_options(config.log, name), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto root = open_directory("/");  // not master's empty one: homes are everywhere
    const auto mail_directory = mail_directory_of(given, config.mail_directory);
    const auto missing_fences = sandbox::enter(policy(given), given);

    Deliver deliver(context, clock, log, config,
                    {.root = root.get(),
                     .mail_directory = mail_directory.get(),
                     .becomes_owner = given.privileged,
                     .hostname = config.hostname});
    for (const auto role : {process::Role::Directory, process::Role::Qmgr})
        for (auto& peer : given.take_peers(role)) deliver.connect(std::move(peer));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = [&](process::Peer peer) { deliver.connect(std::move(peer)); },
         .on_reload =
             [&](const std::string& text) {
                 config = config::load<Config>(text);
                 log.replace(site::log_options(config.log, name));
                 deliver.configure(config);
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop = [&] { deliver.stop(); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace deliver
