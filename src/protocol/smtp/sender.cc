// The order of things: who writes next, what is waited for. Replies are understood in sender_replies.cc.
#include "smtp/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "lang/verify.h"

namespace smtp {
namespace {

using Result = RecipientOutcome::Result;

/// Messages whose replies are still to come. Hostile: a server that reads without ever answering must not collect all
/// of the queue; and replies waiting unread must not fill the window while we write (RFC 2920 §3.1).
constexpr std::size_t most_under_way = 4;

std::string_view domain_of(std::string_view address) { return address.substr(address.rfind('@') + 1); }

}  // namespace

std::string_view to_text(Stage stage) {
    switch (stage) {
        case Stage::Connect: return "connect";
        case Stage::Greeting: return "greeting";
        case Stage::Hello: return "EHLO";
        case Stage::StartTls: return "STARTTLS";
        case Stage::Login: return "AUTH";
        case Stage::Mail: return "MAIL";
        case Stage::Rcpt: return "RCPT";
        case Stage::Data: return "DATA";
        case Stage::Content: return "content";
        case Stage::EndOfData: return "end of data";
        case Stage::Quit: return "QUIT";
    }
    std::unreachable();
}

Sender::Sender(SenderSettings settings) : settings_(std::move(settings)) {
    if (auto login = std::exchange(settings_.login, std::nullopt)) login_.emplace(std::move(*login));
}

bool Sender::is_full() const {
    return (settings_.transactions > 0 && transactions_ >= settings_.transactions) ||
           (extensions_.mail_max && transactions_ >= *extensions_.mail_max);
}

bool Sender::may_submit() const {
    if ((phase_ != Phase::Hello && phase_ != Phase::Ready) || is_quitting_ || is_full()) return false;
    if (jobs_.size() >= most_under_way) return false;
    return std::ranges::all_of(jobs_, [](const Job& job) { return job.is_under_way ? job.is_ended : job.open == 0; });
}

void Sender::submit(Outgoing message) {
    Job job;
    job.number = submitted_++;
    const auto count = message.envelope.recipients.size();
    job.outcomes.resize(count);
    job.is_final.resize(count);
    job.open = count;
    job.message = std::move(message);
    jobs_.push_back(std::move(job));
}

SenderStep Sender::next() {
    if (phase_ == Phase::Ready) advance();
    if (!output_.empty()) return Write{std::exchange(output_, {})};
    if (writing_ && writing_->part == Part::Body) return take_body();
    if (!jobs_.empty() && jobs_.front().open == 0 && !jobs_.front().is_under_way) {
        Report report{{jobs_.front().message.id, std::move(jobs_.front().outcomes)}};
        jobs_.pop_front();
        return report;
    }
    if (phase_ == Phase::Closed && jobs_.empty()) return Finished{};
    if (phase_ == Phase::Closed) {
        close(Reply(451, "4.4.2", "The connection is closed"), /*is_local=*/true, Stage::Connect);
        return next();
    }
    if (is_handshake_due_) return Handshake{};
    if (!expected_.empty()) return AwaitReply{stage_of(expected_.front().kind)};
    return Idle{};
}

Stage Sender::stage_of(Kind kind) {
    switch (kind) {
        case Kind::Greeting: return Stage::Greeting;
        case Kind::Ehlo:
        case Kind::Helo: return Stage::Hello;
        case Kind::StartTls: return Stage::StartTls;
        case Kind::Auth: return Stage::Login;
        case Kind::Rset:
        case Kind::Mail: return Stage::Mail;
        case Kind::Rcpt: return Stage::Rcpt;
        case Kind::Data: return Stage::Data;
        case Kind::EndOfData:
        case Kind::EndOfNothing: return Stage::EndOfData;
        case Kind::Quit: return Stage::Quit;
    }
    std::unreachable();
}

/// Writes as much as may be written now.
void Sender::advance() {
    if (!writing_) {
        writing_ = job_to_start();
        if (writing_) begin_round(*writing_);
    }
    if (writing_) write_commands(*writing_);
    const bool is_idle = !writing_ && expected_.empty() && output_.empty();
    if (is_idle && (is_quitting_ || is_full()) && std::ranges::none_of(jobs_, &Job::is_under_way)) say_quit();
}

Sender::Job* Sender::job_to_start() {
    if (!may_write()) return nullptr;
    for (auto& job : jobs_) {
        if (job.is_under_way || job.open == 0) continue;
        if (!job.is_prepared) prepare(job);
        if (job.open == 0) continue;
        if (!is_full()) return &job;
        // LIMITS MAILMAX is used up: another connection takes what is left.
        conclude_open(job, {});
    }
    return nullptr;
}

// RCPTMAX and RCPTDOMAINMAX of RFC 9422 §4.
std::vector<std::size_t> Sender::next_round(const Job& job) const {
    const auto most = extensions_.rcpt_max.value_or(job.is_final.size());
    const auto most_domains = extensions_.rcpt_domain_max.value_or(job.is_final.size());
    std::vector<std::size_t> round;
    std::unordered_set<std::string_view> domains;
    for (std::size_t i = 0; i < job.is_final.size() && round.size() < most; ++i) {
        if (job.is_final[i]) continue;
        const auto domain = domain_of(job.message.envelope.recipients[i].address);
        if (domains.size() >= most_domains && !domains.contains(domain)) continue;
        domains.insert(domain);
        round.push_back(i);
    }
    return round;
}

void Sender::begin_round(Job& job) {
    job.round = next_round(job);
    job.asked = 0;
    job.accepted.clear();
    job.part = Part::Mail;
    job.is_under_way = true;
    job.mail_accepted = job.has_answer = job.is_ended = false;
    ++transactions_;
    // Behind a BDAT whose fate is not known yet, its transaction may still be open (RFC 3030 §2).
    const bool is_behind_bdat = std::ranges::any_of(expected_, [](auto& e) { return e.kind == Kind::EndOfData; }) &&
                                std::ranges::any_of(jobs_, [](auto& j) { return j.is_ended && j.uses_bdat; });
    if (!std::exchange(needs_reset_, false) && !is_behind_bdat) return;
    output_ += "RSET\r\n";
    expect(Kind::Rset);
}

void Sender::write_commands(Job& job) {
    while (may_write() && write_next(job)) {
    }
}

/// One command; false when there is none to write.
bool Sender::write_next(Job& job) {
    switch (job.part) {
        case Part::Mail:
            output_ += mail_command(job);
            expect(Kind::Mail, job.number);
            job.part = Part::Rcpt;
            return true;
        case Part::Rcpt:
            if (job.asked == job.round.size()) {
                job.part = Part::Content;
                return true;
            }
            output_ += rcpt_command(job, job.message.envelope.recipients[job.round[job.asked]]);
            expect(Kind::Rcpt, job.number, job.round[job.asked++]);
            return true;
        case Part::Content:
            output_ += job.uses_bdat ? fmt::format("BDAT {} LAST\r\n", job.message.size) : "DATA\r\n";
            expect(job.uses_bdat ? Kind::EndOfData : Kind::Data, job.number);
            job.part = job.uses_bdat ? Part::Body : Part::Nothing;
            return false;
        case Part::Body:
        case Part::Nothing: break;
    }
    return false;
}

SenderStep Sender::take_body() {
    Job& job = *std::exchange(writing_, nullptr);
    job.part = Part::Nothing;
    job.is_ended = true;
    if (!job.uses_bdat) expected_.push_front({Kind::EndOfData, job.number});
    return WriteBody{job.message.id, job.uses_bdat ? WriteBody::Form::AsItIs : WriteBody::Form::DotStuffed};
}

void Sender::say_quit() {
    output_ += "QUIT\r\n";
    expect(Kind::Quit);
    phase_ = Phase::Quitting;
}

/// No more conversation: what was under way is deferred, what was not begun is for another connection.
void Sender::close(const Reply& reply, bool is_local, Stage stage) {
    phase_ = Phase::Closed;
    is_handshake_due_ = false;
    writing_ = nullptr;
    output_.clear();
    expected_.clear();
    // On a connection that has worked before, an unanswered message only met its end (an idle timeout, a quota).
    bool is_first = !has_completed_;
    for (auto& job : jobs_) {
        // RFC 1047: the server may have the message, and we do not know.
        const bool may_be_delivered = is_local && job.is_under_way && job.is_ended;
        RecipientOutcome outcome;
        if (job.has_answer || is_first || may_be_delivered)
            outcome = {Result::Deferred, stage, reply, is_local, /*dsn_passed_on=*/false, may_be_delivered};
        if (job.open > 0) is_first = false;
        conclude_open(job, outcome);
        job.is_under_way = false;
    }
}

void Sender::lost(std::string_view why) {
    if (phase_ == Phase::Closed) return;
    const auto stage = is_handshake_due_   ? Stage::StartTls
                       : expected_.empty() ? Stage::Connect
                                           : stage_of(expected_.front().kind);
    const Reply reply(451, "4.4.2", fmt::format("Lost the connection at {}: {}", to_text(stage), why));
    if (stage == Stage::Greeting || stage == Stage::Hello) session_refusal_ = reply;
    close(reply, /*is_local=*/true, stage);
}

}  // namespace smtp
