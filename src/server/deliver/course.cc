#include "deliver/course.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "deliver/content.h"
#include "dotqmail/address.h"
#include "dotqmail/instructions.h"
#include "mailbox/mbox.h"
#include "owner/place.h"
#include "smtp/path.h"

namespace deliver {
namespace {

using Kind = Step::Kind;

// Of copies that each have a sender of their own: with more the worker would run out of time, and repeat them for ever.
constexpr std::size_t most_copies = 1000;
constexpr std::uint64_t largest_copies = std::uint64_t{4} << 30;
constexpr std::size_t most_said = 400;  // of a program, in a reply

bool is_address(std::string_view text) { return smtp::parse_mailbox(text, smtp::Utf8::Allowed).has_value(); }

/// Hostile: a worker is its user, and may say anything.
bool is_sound(const Plan& plan) {
    return plan.steps.size() <= most_steps && std::ranges::all_of(plan.steps, [](const Step& step) {
               return step.kind <= Kind::Forward && (step.kind != Kind::Forward || is_address(step.text));
           });
}

Course::Next waits(std::string text) { return outcome_of(smtp::Reply(451, "4.7.0", std::move(text))); }

}  // namespace

Course::Course(Job standard, const directory::Mailbox& mailbox, WhenOverQuota when_over_quota)
    : standard_(std::move(standard)),
      home_(mailbox.home),
      uid_(mailbox.uid),
      gid_(mailbox.gid),
      when_over_quota_(when_over_quota) {
    standard_.user = mailbox.user;
    standard_.instructions = mailbox.instructions;
    standard_.has_extension = mailbox.has_extension;
    standard_.extension = mailbox.extension;
}

Job Course::begin() const {
    auto job = copy_of(standard_);
    job.task = Task::Read;
    job.octets.clear();
    job.blob.close();
    return job;
}

Course::Next Course::begin_with(std::string command) {
    Plan plan;
    plan.steps.push_back({Kind::Program, std::move(command)});
    return read(plan);
}

Course::Next Course::take(const Report& report) {
    if (is_running_) return waits("The recipient's instructions cannot be followed");  // Hostile: out of turn
    if (report.result != Result::Delivered) return outcome_of(report.result, when_over_quota_);
    if (!is_read_) return read(report.plan);
    if (is_forwarding_) return finished();
    ++files_;
    return proceed();
}

Course::Next Course::read(const Plan& plan) {
    is_read_ = true;
    if (!is_sound(plan) || !set_sender(plan)) return waits("The recipient's instructions cannot be followed");
    steps_ = plan.steps;
    rest_ = plan.rest;
    return proceed();
}

bool Course::set_sender(const Plan& plan) {
    const auto at = standard_.address.rfind('@');
    dotqmail::Recipient recipient;
    recipient.local = standard_.address.substr(0, at);
    recipient.host = at == std::string::npos ? "" : standard_.address.substr(at + 1);
    recipient.sender = standard_.reverse_path;
    sender_ = dotqmail::new_sender(recipient, plan.has_owner, plan.has_owner_default);
    return sender_.empty() || is_address(dotqmail::expand_sender(sender_, "a@b.example"));
}

Course::Next Course::proceed() {
    while (next_ < steps_.size()) {
        const auto& step = steps_[next_++];
        if (step.kind != Kind::Forward) return carry_out(step);
        if (std::ranges::find(forwards_, step.text) == forwards_.end()) forwards_.push_back(step.text);
    }
    return forwards_.empty() ? finished() : forward();
}

Course::Next Course::carry_out(const Step& step) {
    if (step.kind == Kind::Program) return run(step.text);
    auto job = copy_of(standard_);
    if (step.kind == Kind::Mailbox) return job;
    auto path = owner::path_in_home(step.text, home_);
    if (!path) return waits("The recipient's instructions name a file outside the home");
    job.path = *std::move(path);
    job.format = step.kind == Kind::Mbox ? directory::Format::Mbox : directory::Format::Maildir;
    return job;
}

Course::Next Course::run(const std::string& command) {
    is_running_ = true;
    auto job = copy_of(standard_);
    const auto at = job.address.rfind('@');
    auto line = mailbox::from_line(job.reverse_path, job.arrived / 1000);
    line.pop_back();
    return runner::Run{.ticket = 0,
                       .command = command,
                       .uid = uid_,
                       .gid = gid_,
                       .home = home_,
                       .environment = dotqmail::environment({.user = job.user,
                                                             .home = home_,
                                                             .local = job.address.substr(0, at),
                                                             .host = job.address.substr(at + 1),
                                                             .extension = job.extension,
                                                             .rest = rest_,
                                                             .sender = job.reverse_path,
                                                             .new_sender = sender_,
                                                             .from_line = std::move(line)}),
                       .octets = std::move(job.octets),
                       .blob = std::move(job.blob),
                       .size = job.size};
}

// qmail-command(8). What the program says is for the sender, as far as a line holds it.
Course::Next Course::take(const deliver::Ended& ended) {
    using How = deliver::Ended::How;
    is_running_ = false;
    const auto with_output = [&](std::string text) {
        const auto said = ended.output.substr(0, most_said);
        return said.empty() ? text : text + ": " + said;
    };
    const auto not_now = [&](std::string text) {
        return outcome_of(smtp::Reply(451, "4.3.0", with_output(std::move(text))));
    };
    if (ended.how == How::TookTooLong) return not_now("The recipient's program took too long");
    if (ended.how == How::Killed)
        return not_now(fmt::format("The recipient's program died of signal {}", ended.status));
    if (ended.how != How::Exited) return not_now("The recipient's program could not be started");
    switch (dotqmail::verdict_of(static_cast<int>(ended.status))) {
        case dotqmail::Verdict::Never:
            return outcome_of(smtp::Reply(554, "5.3.0", with_output("The recipient's program refuses the message")));
        case dotqmail::Verdict::NotNow:
            return not_now(fmt::format("The recipient's program cannot take it now (status {})", ended.status));
        case dotqmail::Verdict::Last: next_ = steps_.size(); break;
        case dotqmail::Verdict::Done: break;
    }
    ++programs_;
    return proceed();
}

Course::Next Course::forward() {
    const bool has_own_senders = dotqmail::expand_sender(sender_, forwards_.front()) != sender_;
    if (has_own_senders && (forwards_.size() > most_copies || forwards_.size() * standard_.size > largest_copies))
        return waits("The recipient's instructions name too many addresses to have a sender each");
    is_forwarding_ = true;
    auto job = copy_of(standard_);
    job.task = Task::Forward;
    job.reverse_path = sender_;
    job.forwards = forwards_;
    return job;
}

// In the words of qmail: files, forwards, programs.
Course::Next Course::finished() const {
    return outcome_of(
        smtp::Reply(250, "2.1.5", fmt::format("Delivered: did {}+{}+{}", files_, forwards_.size(), programs_)));
}

}  // namespace deliver
