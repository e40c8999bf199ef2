#include "authd/checks.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "authd/verdict.h"
#include "crypto/digest.h"
#include "lang/verify.h"
#include "process/orphans.h"

namespace authd {
namespace {

using Verdict = directory::Checked::Verdict;

constexpr std::size_t longest_reason = 512;

void kill_session(std::int64_t child) {
    ::kill(static_cast<pid_t>(-child), SIGKILL);
    ::kill(static_cast<pid_t>(child), SIGKILL);
}

std::string read_reason(const file::Descriptor& pipe) {
    std::array<char, longest_reason> room;
    const auto got = ::read(pipe.get(), room.data(), room.size());
    return got > 0 ? std::string(room.data(), static_cast<std::size_t>(got)) : "";
}

}  // namespace

Checks::Checks(boost::asio::io_context& context, site::Login login, bool becomes_user, Answer answer, Complain complain)
    : context_(context),
      login_(std::move(login)),
      becomes_user_(becomes_user),
      answer_(std::move(answer)),
      complain_(std::move(complain)),
      deaths_(context, SIGCHLD) {
    VERIFY(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    watch_children();
}

void Checks::give(Check check) {
    if (waiting_.size() >= most_waiting) return answer_({.ticket = check.ticket, .verdict = Verdict::Later});
    waiting_.push_back(std::move(check));
    begin();
}

void Checks::begin() {
    while (!waiting_.empty() && running_.size() < login_.checks) {
        auto check = std::move(waiting_.front());
        waiting_.pop_front();
        start_one(std::move(check));
    }
}

void Checks::start_one(Check check) {
    auto started = start(check, login_, becomes_user_);
    crypto::wipe(check.password);
    if (!started) {
        complain(started.error());
        return answer_({.ticket = check.ticket, .verdict = Verdict::Later});
    }
    auto& running = running_[started->child];
    running.ticket = check.ticket;
    running.reason = std::move(started->reason);
    running.timer = std::make_unique<boost::asio::steady_timer>(context_, login_.check_time);
    running.timer->async_wait([this, child = started->child](const boost::system::error_code& error) {
        const auto found = running_.find(child);
        if (error || found == running_.end()) return;
        found->second.is_late = true;
        kill_session(child);
    });
}

void Checks::watch_children() {
    deaths_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        reap();
        watch_children();
    });
}

void Checks::reap() {
    siginfo_t died{};
    while (::waitid(P_ALL, 0, &died, WEXITED | WNOHANG | WNOWAIT) == 0 && died.si_pid > 0) {
        const pid_t child = std::exchange(died.si_pid, 0);
        kill_session(child);  // whatever it leaves behind there, while nobody else can have its number
        int status = 0;
        if (::waitpid(child, &status, WNOHANG) == child) finish(child, status);
    }
    // What began a session of its own, as the programs of pam_exec(8) do.
    process::kill_orphans([this](std::int64_t child) { return running_.contains(child); });
    begin();
}

void Checks::finish(std::int64_t child, int status) {
    auto found = running_.extract(child);
    if (found.empty()) return;
    const auto& running = found.mapped();
    const auto verdict = running.is_late ? Verdict::Later : verdict_of(status);
    if (running.is_late)
        complain("a check took too long, and was ended");
    else if (verdict == Verdict::Later)
        complain(WIFSIGNALED(status)
                     ? "a check was ended by signal " + std::to_string(WTERMSIG(status))
                     : "exit status " + std::to_string(WEXITSTATUS(status)) + ": " + read_reason(running.reason));
    answer_({.ticket = running.ticket, .verdict = verdict});
}

/// Hostile: everybody who tries to log in would write a line.
void Checks::complain(const std::string& why) {
    if (std::exchange(complaint_, why) != why) complain_("a password could not be checked: " + why);
}

void Checks::abandon() {
    for (auto& check : waiting_) crypto::wipe(check.password);
    waiting_.clear();
    for (const auto& [child, running] : running_) kill_session(child);
    running_.clear();
}

}  // namespace authd
