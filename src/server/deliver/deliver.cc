#include "deliver/deliver.h"

#include <pwd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "deliver/list_program.h"

namespace deliver {
namespace {

constexpr std::chrono::milliseconds look_again{10};

std::optional<std::uint32_t> uid_of(const std::string& user) {
    const passwd* known = user.empty() ? nullptr : ::getpwnam(user.c_str());
    if (!known || known->pw_uid == 0) return std::nullopt;
    return known->pw_uid;
}

Attempts::Settings settings_of(const Config& config, bool becomes_owner) {
    const bool fails = config.local.over_quota == site::OverQuota::Bounce;
    return {.mail_directory = config.mail_directory,
            .becomes_owner = becomes_owner,
            .own_uid = ::geteuid(),
            .own_gid = ::getegid(),
            .when_over_quota = fails ? WhenOverQuota::Fail : WhenOverQuota::Defer,
            .alias_uid = uid_of(config.local.alias_user),
            .lists_uid = lists_uid(config),
            .list_command = list_command(config, config.dns)};
}

}  // namespace

Deliver::Deliver(boost::asio::io_context& context, const clocks::Clock& clock, logs::Log& log, const Config& config,
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
                 .run =
                     [this](const auto& order) {
                         if (runner_) {
                             runner_->send(order);
                         } else {
                             boost::asio::post(context_, [this] {
                                 if (!runner_) attempts_.runner_is_lost();
                             });
                         }
                     },
                 .on_trouble = [this](auto message, const auto& address,
                                      const auto& report) { note(message, address, report); }}),
      crew_(context, {.most = config.local.deliveries},
            {.start = [this](const Owner& owner) { return start_worker(owner, start_); },
             .on_report = [this](const Report& report) { attempts_.take(report); },
             .on_trouble =
                 [this](const Owner& owner, const std::string& why) {
                     log_.event(logs::Event::Warning, {{"reason", why}, {"uid", owner.uid}, {"home", owner.home}});
                 }}),
      farewell_(context) {}

void Deliver::connect(process::Peer peer) {
    if (peer.role == process::Role::Qmgr) connect_qmgr(std::move(peer.socket));
    if (peer.role == process::Role::Runner) connect_runner(std::move(peer.socket));
    if (peer.role == process::Role::Directory) connect_directory(std::move(peer.socket));
}

void Deliver::configure(const Config& config) { attempts_.replace(settings_of(config, start_.becomes_owner)); }

void Deliver::stop(std::chrono::milliseconds time) {
    last_moment_ = std::chrono::steady_clock::now() + time;
    attempts_.stop();
    for (const auto ticket : crew_.drop_waiting()) attempts_.give_back(ticket);
    wait_for_the_last();
}

void Deliver::connect_qmgr(file::Descriptor socket) {
    if (qmgr_) lose_qmgr();  // its successor may come before its end is seen
    qmgr_.emplace(context_, std::move(socket),
                  QmgrLink::Handlers{
                      .on_message = [this](FromQmgr order) { attempts_.take(std::get<Attempt>(std::move(order))); },
                      .on_gone = [this](const std::string&) { lose_qmgr(); }});
}

void Deliver::lose_qmgr() {
    qmgr_.reset();
    attempts_.qmgr_is_lost();
    // Its successor orders anew whatever was not reported. An mbox cannot tell a repetition, so nothing may be left
    // here that would be written twice.
    crew_.drop_waiting();
}

void Deliver::connect_runner(file::Descriptor socket) {
    if (runner_) lose_runner();
    runner_.emplace(context_, std::move(socket),
                    RunnerLink::Handlers{
                        .on_message = [this](FromRunner said) { attempts_.take(std::get<Ended>(std::move(said))); },
                        .on_gone = [this](const std::string&) { lose_runner(); }});
}

void Deliver::lose_runner() {
    runner_.reset();
    attempts_.runner_is_lost();
}

void Deliver::connect_directory(file::Descriptor socket) {
    directory_.emplace(context_, std::move(socket),
                       DirectoryLink::Handlers{.on_message =
                                                   [this](FromDirectory answer) {
                                                       attempts_.take(std::get<directory::Mailbox>(std::move(answer)));
                                                   },
                                               .on_gone = [this](const std::string&) { directory_.reset(); }});
    attempts_.directory_is_back();
}

void Deliver::note(std::uint64_t message, const std::string& address, const Report& report) {
    const auto event = report.result == Result::Unsafe ? logs::Event::Alert : logs::Event::Warning;
    log_.event(event, message, {{"reason", report.detail}, {"to", address}});
}

void Deliver::wait_for_the_last() {
    const bool is_done = attempts_.open() == 0 && (!qmgr_ || qmgr_->unsent() == 0);
    if (is_done || std::chrono::steady_clock::now() > last_moment_) return context_.stop();
    farewell_.expires_after(look_again);
    farewell_.async_wait([this](const auto&) { wait_for_the_last(); });
}

}  // namespace deliver
