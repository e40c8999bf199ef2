#include "deliver/crew.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

namespace deliver {
namespace {

constexpr std::chrono::milliseconds reap_every{200};

}  // namespace

Crew::Crew(boost::asio::io_context& context, Rules rules, Handlers handlers)
    : context_(context), rules_(rules), handlers_(std::move(handlers)), reaper_(context) {}

void Crew::give(const Owner& owner, Job job) {
    auto& desk = desks_[owner];
    if (desk.state == State::Stuck) return handlers_.on_report({job.ticket, Result::Lost, "the worker before hangs"});
    desk.waiting.push_back(std::move(job));
    if (desk.state == State::Idle) return send_batch(owner, desk);
    if (desk.state != State::None) return;
    desk.state = State::Queued;
    in_line_.push_back(owner);
    find_workers();
}

std::vector<std::uint64_t> Crew::drop_waiting() {
    std::vector<std::uint64_t> dropped;
    for (auto& [owner, desk] : desks_) {
        for (const auto& job : std::exchange(desk.waiting, {})) dropped.push_back(job.ticket);
        if (desk.state == State::Queued) desk.state = State::None;
    }
    in_line_.clear();
    std::erase_if(desks_, [](const auto& entry) { return entry.second.state == State::None; });
    return dropped;
}

void Crew::find_workers() {
    while (!in_line_.empty() && (at_work_ < rules_.most || make_room())) {
        const auto owner = in_line_.front();
        in_line_.pop_front();
        start(owner, desks_.at(owner));
    }
}

/// Ends a worker that has nothing to do.
bool Crew::make_room() {
    const auto idle = std::ranges::find(desks_, State::Idle, [](const auto& entry) { return entry.second.state; });
    if (idle == desks_.end()) return false;
    retire(Owner(idle->first), idle->second);
    return true;
}

void Crew::start(const Owner& owner, Desk& desk) {
    auto started = handlers_.start(owner);
    if (!started) {
        handlers_.on_trouble(owner, "no worker: " + started.error());
        desk.state = State::None;
        lose_jobs(desk);
        return forget_if_empty(owner);
    }
    ++at_work_;
    desk.pid = started->pid;
    desk.link = std::make_unique<Link>(
        context_, std::move(started->socket),
        Link::Handlers{.on_message = [this, owner](FromWorker said) { take(owner, std::get<Report>(std::move(said))); },
                       .on_gone = [this, owner](const std::string& why) { lose_worker(owner, why); }});
    send_batch(owner, desk);
}

void Crew::send_batch(const Owner& owner, Desk& desk) {
    desk.state = State::Working;
    while (!desk.waiting.empty() && desk.open.size() < rules_.batch) {
        desk.open.emplace(desk.waiting.front().ticket, true);
        desk.link->send(desk.waiting.front());
        desk.waiting.pop_front();
    }
    set_timer(owner, desk, rules_.patience);
}

void Crew::take(const Owner& owner, Report report) {
    const auto found = desks_.find(owner);
    if (found == desks_.end() || found->second.state == State::Stuck) return;
    auto& desk = found->second;
    if (desk.open.erase(report.ticket) == 0) return;  // Hostile: a report about a job it does not have
    handlers_.on_report(std::move(report));
    if (desk.open.empty())
        batch_is_done(owner, desk);
    else
        set_timer(owner, desk, rules_.patience);
}

void Crew::batch_is_done(const Owner& owner, Desk& desk) {
    // Others wait: whoever has had a worker goes to the end of the line.
    if (!in_line_.empty()) {
        const auto again = owner;
        retire(again, desk);
        return find_workers();
    }
    if (!desk.waiting.empty()) return send_batch(owner, desk);
    desk.state = State::Idle;
    set_timer(owner, desk, rules_.idle);
}

/// Closes the socket of a worker without open jobs: it ends by itself. Its owner's next one may start at once, as this
/// one will touch nothing any more.
void Crew::retire(const Owner& owner, Desk& desk) {
    ended_.push_back(desk.pid);
    reap();
    --at_work_;
    // Hostile: at once, even from inside its handler: what it says after its last report must not be heard.
    desk.link.reset();
    desk.timer.reset();
    desk.state = desk.waiting.empty() ? State::None : State::Queued;
    if (desk.state == State::Queued)
        in_line_.push_back(owner);
    else
        forget_if_empty(owner);
}

void Crew::lose_worker(Owner owner, std::string why) {  // by value: they live in the link that goes here
    auto& desk = desks_.at(owner);
    if (desk.state != State::Stuck) --at_work_;
    ::kill(static_cast<pid_t>(desk.pid), SIGKILL);  // one that spoke nonsense may still live
    ended_.push_back(desk.pid);
    reap();
    if (!desk.open.empty()) handlers_.on_trouble(owner, "worker lost: " + why);
    desk.link.reset();
    desk.timer.reset();
    for (const auto& [ticket, open] : std::exchange(desk.open, {}))
        handlers_.on_report({ticket, Result::Lost, "the worker ended: " + why});
    desk.state = State::None;
    if (desk.waiting.empty())
        forget_if_empty(owner);
    else {
        desk.state = State::Queued;
        in_line_.push_back(owner);
    }
    find_workers();
}

void Crew::lose_jobs(Desk& desk) {
    for (const auto& job : std::exchange(desk.waiting, {}))
        handlers_.on_report({job.ticket, Result::Lost, "no worker"});
}

void Crew::set_timer(const Owner& owner, Desk& desk, std::chrono::seconds delay) {
    if (!desk.timer) desk.timer = std::make_unique<boost::asio::steady_timer>(context_);
    desk.timer->expires_after(delay);
    desk.timer->async_wait([this, owner](const boost::system::error_code& error) {
        if (!error) time_is_up(owner);
    });
}

void Crew::time_is_up(const Owner& owner) {
    const auto found = desks_.find(owner);
    if (found == desks_.end()) return;
    auto& desk = found->second;
    // The timer may have been moved when this call was already on its way.
    if (!desk.timer || desk.timer->expiry() > std::chrono::steady_clock::now()) return;
    if (desk.state == State::Idle) return retire(Owner(owner), desk);
    if (desk.state != State::Working) return;
    handlers_.on_trouble(owner, "worker hangs");
    desk.state = State::Stuck;
    --at_work_;
    // It may be deep in the kernel and not die before the file server answers; on_gone tells when.
    ::kill(static_cast<pid_t>(desk.pid), SIGKILL);
    for (const auto& [ticket, open] : std::exchange(desk.open, {}))
        handlers_.on_report({ticket, Result::Lost, "the worker hangs"});
    lose_jobs(desk);
    find_workers();
}

void Crew::forget_if_empty(const Owner& owner) {
    const auto found = desks_.find(owner);
    if (found != desks_.end() && found->second.state == State::None && found->second.waiting.empty())
        desks_.erase(found);
}

void Crew::reap() {
    std::erase_if(ended_, [](std::int64_t pid) {
        const auto result = ::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG);
        return result != 0 && !(result < 0 && errno == EINTR);
    });
    if (ended_.empty()) return;
    reaper_.expires_after(reap_every);
    reaper_.async_wait([this](const boost::system::error_code& error) {
        if (!error) reap();
    });
}

}  // namespace deliver
