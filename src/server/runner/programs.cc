#include "runner/programs.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "lang/verify.h"
#include "process/orphans.h"
#include "runner/command.h"

namespace runner {
namespace {

using How = deliver::Ended::How;

void kill_session(std::int64_t keeper) {
    ::kill(static_cast<pid_t>(-keeper), SIGKILL);
    ::kill(static_cast<pid_t>(keeper), SIGKILL);
}

}  // namespace

Programs::Programs(boost::asio::io_context& context, Rules rules, Answer answer)
    : context_(context), rules_(rules), answer_(std::move(answer)), deaths_(context, SIGCHLD) {
    VERIFY(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    watch_children();
}

void Programs::give(Run order) { give(std::move(order), {}, nullptr); }

void Programs::give(Run order, std::vector<std::string> words, Answer answer) {
    waiting_.push_back({std::move(order), std::move(words), std::move(answer)});
    begin();
}

void Programs::begin() {
    while (!waiting_.empty() && running_.size() < rules_.most) {
        const auto wanted = std::move(waiting_.front());
        waiting_.pop_front();
        start_one(wanted);
    }
}

void Programs::start_one(const Wanted& wanted) {
    const Run& order = wanted.order;
    auto started = start(order, rules_.limits, rules_.becomes_user, wanted.words);
    if (!started)
        return (wanted.answer ? wanted.answer : answer_)(
            {.ticket = order.ticket, .how = How::NotStarted, .status = 0, .output = started.error()});
    auto& running = *running_.emplace(started->keeper, std::make_unique<Running>()).first->second;
    running.ticket = order.ticket;
    running.answer = wanted.answer;
    running.pipe = std::make_unique<boost::asio::posix::stream_descriptor>(context_, started->output.release());
    running.timer = std::make_unique<boost::asio::steady_timer>(context_, rules_.limits.time);
    running.timer->async_wait([this, keeper = started->keeper](const boost::system::error_code& error) {
        const auto found = running_.find(keeper);
        if (error || found == running_.end()) return;
        found->second->is_late = true;
        kill_session(keeper);
    });
    listen(started->keeper);
}

void Programs::listen(std::int64_t keeper) {
    auto& running = *running_.at(keeper);
    running.pipe->async_read_some(boost::asio::buffer(running.piece),
                                  [this, keeper](const boost::system::error_code& error, std::size_t length) {
                                      const auto found = running_.find(keeper);
                                      if (error || found == running_.end()) return;
                                      keep_output(*found->second, length);
                                      listen(keeper);
                                  });
}

// Hostile: a program may print without end.
void Programs::keep_output(Running& running, std::size_t length) {
    running.output.append(running.piece, std::min(length, most_output - running.output.size()));
}

void Programs::watch_children() {
    deaths_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        reap();
        watch_children();
    });
}

void Programs::reap() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) finish(pid, status);
    // Whatever got loose from its keeper.
    process::kill_orphans([this](std::int64_t pid) { return running_.contains(pid); });
    begin();
}

void Programs::finish(std::int64_t keeper, int status) {
    const auto found = running_.extract(keeper);
    if (found.empty()) return;
    auto& running = *found.mapped();
    boost::system::error_code error;
    running.pipe->non_blocking(true, error);
    for (std::size_t length; (length = running.pipe->read_some(boost::asio::buffer(running.piece), error)) > 0;) {
        keep_output(running, length);
        if (running.output.size() == most_output) break;
    }
    deliver::Ended ended{.ticket = running.ticket, .how = How::Exited, .status = 0, .output = one_line(running.output)};
    if (running.is_late)
        ended.how = How::TookTooLong;
    else if (WIFEXITED(status))
        ended.status = static_cast<std::uint32_t>(WEXITSTATUS(status));
    else
        ended.how = How::Killed, ended.status = static_cast<std::uint32_t>(WTERMSIG(status));
    (running.answer ? running.answer : answer_)(ended);
}

void Programs::abandon() {
    std::erase_if(waiting_, [](const Wanted& wanted) { return !wanted.answer; });
    std::erase_if(running_, [](const auto& entry) {
        if (entry.second->answer) return false;
        kill_session(entry.first);
        return true;  // what is left is an orphan
    });
}

void Programs::abandon_all() {
    waiting_.clear();
    for (const auto& [keeper, running] : running_) kill_session(keeper);
    running_.clear();
}

}  // namespace runner
