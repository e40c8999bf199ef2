// What the server's replies mean for the messages under way.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/verify.h"
#include "smtp/sender.h"

namespace smtp {
namespace {

using Result = RecipientOutcome::Result;

RecipientOutcome decided(Stage stage, Reply reply) {
    RecipientOutcome outcome;
    outcome.stage = stage;
    outcome.result = reply.is_permanent() ? Result::Failed : Result::Deferred;
    outcome.reply = std::move(reply);
    return outcome;
}

// A positive reply where it makes no sense (354 to MAIL, 250 to DATA): the server has lost its way, so nothing it says
// is final.
Reply confused(const Reply& reply) {
    return {451, "4.5.0", fmt::format("The server's reply makes no sense here: {} {}", reply.code, reply.text)};
}

bool is_completion(const Reply& reply) { return reply.code >= 200 && reply.code < 300; }

// §4.5.3.1.10: too many recipients is 452; old servers say 552, which is to be taken for the same.
bool says_too_many(const Reply& reply) {
    return (reply.code == 452 && (reply.enhanced.empty() || reply.enhanced == "4.5.3")) ||
           (reply.code == 552 && (reply.enhanced.empty() || reply.enhanced == "5.5.3"));
}

}  // namespace

Sender::Job& Sender::job(std::uint64_t number) {
    const auto found = std::ranges::find(jobs_, number, &Job::number);
    VERIFY(found != jobs_.end());
    return *found;
}

void Sender::on(Reply reply) {
    if (phase_ == Phase::Closed) return;
    if (expected_.empty()) {  // unasked, while idle: mostly 421 before the server closes
        const Reply why = reply.code == 421 ? std::move(reply) : confused(reply);
        return close(why, reply.code != 421, Stage::Mail);
    }
    const auto expected = expected_.front();
    expected_.pop_front();
    const bool is_closing = reply.code == 421;  // §3.8: at any time
    const Reply farewell = is_closing ? reply : Reply();
    dispatch(expected, std::move(reply));
    if (is_closing && phase_ != Phase::Closed) close(farewell, /*is_local=*/false, stage_of(expected.kind));
}

void Sender::dispatch(const Expected& expected, Reply reply) {
    switch (expected.kind) {
        case Kind::Greeting: return on_greeting(std::move(reply));
        case Kind::Ehlo: return on_ehlo(std::move(reply));
        case Kind::Helo: return on_helo(std::move(reply));
        case Kind::StartTls: return on_starttls(std::move(reply));
        case Kind::Auth: return on_auth(reply);
        case Kind::Rset: return;
        case Kind::Quit: phase_ = Phase::Closed; return;
        case Kind::EndOfNothing: return end_round(job(expected.job));
        default: break;
    }
    Job& about = job(expected.job);
    about.has_answer = true;
    switch (expected.kind) {
        case Kind::Mail: return on_mail(about, std::move(reply));
        case Kind::Rcpt: return on_rcpt(about, expected.recipient, std::move(reply));
        case Kind::Data: return on_data(about, std::move(reply));
        case Kind::EndOfData: return on_end_of_data(about, std::move(reply));
        default: std::unreachable();
    }
}

void Sender::on_greeting(Reply reply) {
    if (reply.code != 220) return refuse_session(std::move(reply), Stage::Greeting);
    say_hello();
}

void Sender::say_hello() {
    output_ += fmt::format("{} {}\r\n", settings_.protocol == Protocol::Lmtp ? "LHLO" : "EHLO", settings_.hostname);
    expect(Kind::Ehlo);
}

void Sender::on_ehlo(Reply reply) {
    if (reply.code == 250) {
        extensions_ = parse_extensions(reply);
        return begin_mail();
    }
    // §4.1.4: a server that does not know EHLO is spoken to with HELO. RFC 2033 §4.1: LMTP has none.
    if (!reply.is_permanent() || settings_.protocol == Protocol::Lmtp)
        return refuse_session(std::move(reply), Stage::Hello);
    output_ += fmt::format("HELO {}\r\n", settings_.hostname);
    expect(Kind::Helo);
}

void Sender::on_helo(Reply reply) {
    if (reply.code != 250) return refuse_session(std::move(reply), Stage::Hello);
    begin_mail();
}

/// Or with encryption, where it can be had (RFC 7435).
void Sender::begin_mail() {
    const bool may_encrypt = !is_encrypted_ && settings_.starttls != UseTls::Never;
    if (may_encrypt && extensions_.starttls) {
        output_ += "STARTTLS\r\n";
        expect(Kind::StartTls);
    } else if (may_encrypt && settings_.starttls == UseTls::Always) {
        demand_encryption("the server does not offer STARTTLS");
    } else {
        begin_login();
    }
}

// RFC 3207 §4: 454 or a refusal; whether that is enough to go on in the clear is the caller's to say.
void Sender::on_starttls(Reply reply) {
    if (reply.code == 220)
        is_handshake_due_ = true;
    else if (settings_.starttls == UseTls::Always)
        demand_encryption(fmt::format("the server refused STARTTLS: {} {}", reply.code, reply.text));
    else
        begin_login();
}

void Sender::on_encrypted(std::string channel) {
    VERIFY(!is_encrypted_);
    is_encrypted_ = true;
    channel_ = std::move(channel);
    if (!std::exchange(is_handshake_due_, false)) return;  // the greeting is still to come
    extensions_ = {};
    say_hello();
}

void Sender::demand_encryption(std::string why) {
    unencrypted_ = std::move(why);
    send_nothing(Stage::StartTls, Reply(451, "4.7.4", "Encryption is demanded, and " + unencrypted_));
}

/// Or with mail, where nobody has to log in.
void Sender::begin_login() {
    if (!login_) {
        phase_ = Phase::Ready;
        return;
    }
    auto line = login_->begin(extensions_.auth, is_encrypted_, channel_);
    if (!line) return demand_login(std::move(line.error()));
    output_ += *line;
    expect(Kind::Auth);
}

void Sender::on_auth(const Reply& reply) {
    const auto line = login_->on(reply);
    if (!line.empty()) {
        output_ += line;
        expect(Kind::Auth);
    } else if (login_->is_done()) {
        phase_ = Phase::Ready;
    } else {
        demand_login(login_->why_not());
    }
}

// Whatever the server says of our password (535), it says nothing of the messages: they wait until somebody has put it
// right.
void Sender::demand_login(std::string why) {
    not_logged_in_ = std::move(why);
    send_nothing(Stage::Login, Reply(451, login_->is_refused() ? "4.7.8" : "4.7.0", not_logged_in_));
}

void Sender::send_nothing(Stage stage, const Reply& reply) {
    RecipientOutcome outcome;
    outcome.result = Result::Deferred;
    outcome.stage = stage;
    outcome.reply = reply;
    outcome.is_local = true;
    for (auto& job : jobs_) conclude_open(job, outcome);
    say_quit();
}

/// No message can be sent here; the caller looks at session_refusal() and may try another exchanger.
void Sender::refuse_session(Reply reply, Stage stage) {
    const bool is_local = reply.is_positive();
    session_refusal_ = is_local ? confused(reply) : std::move(reply);
    auto outcome = decided(stage, session_refusal_);
    outcome.is_local = is_local;
    for (auto& job : jobs_) conclude_open(job, outcome);
    if (session_refusal_.code == 421)
        phase_ = Phase::Closed;
    else
        say_quit();
}

void Sender::on_mail(Job& job, Reply reply) {
    job.mail_accepted = is_completion(reply);
    if (job.mail_accepted) return;
    // RFC 4954 §6: it is our login that it does not like, not the message.
    const bool is_about_login = login_ && (reply.code == 530 || reply.code == 535 || reply.code == 538);
    auto outcome = decided(Stage::Mail, reply.is_positive() ? confused(reply) : std::move(reply));
    if (is_about_login) outcome.result = Result::Deferred;
    conclude_open(job, outcome);
    if (writing_ != &job || job.part == Part::Nothing || job.part == Part::Body) return;  // replies are under way
    needs_reset_ = false;
    end_round(job);
}

void Sender::on_rcpt(Job& job, std::size_t recipient, Reply reply) {
    if (is_completion(reply) && job.mail_accepted) {
        job.accepted.push_back(recipient);
    } else if (job.mail_accepted) {
        on_refused_recipient(job, recipient, std::move(reply));
    }
    const bool was_last = job.asked == job.round.size() && recipient == job.round.back();
    const bool must_decide = writing_ == &job && job.part != Part::Nothing && job.part != Part::Body;
    if (!was_last || !must_decide || !job.accepted.empty()) return;
    needs_reset_ = true;  // without pipelining, DATA is not even tried
    end_round(job);
}

void Sender::on_refused_recipient(Job& job, std::size_t recipient, Reply reply) {
    const bool is_too_many = says_too_many(reply);
    if (is_too_many && !job.accepted.empty()) return;  // stays open for the next round
    auto outcome = decided(Stage::Rcpt, reply.is_positive() ? confused(reply) : std::move(reply));
    if (is_too_many) outcome.result = Result::Deferred;
    conclude(job, recipient, std::move(outcome));
}

void Sender::on_data(Job& job, Reply reply) {
    const bool goes_ahead = reply.code == 354;
    if (reply.is_positive() && !goes_ahead) return close(confused(reply), /*is_local=*/true, Stage::Data);
    if (goes_ahead && !job.accepted.empty()) {
        job.part = Part::Body;
        return;
    }
    if (goes_ahead) {  // RFC 2920 §3.1: everybody was refused, yet it waits for a message; the lone dot ends that
        output_ += ".\r\n";
        job.is_ended = false;
        writing_ = nullptr;
        expected_.push_front({Kind::EndOfNothing, job.number});
        return;
    }
    for (auto recipient : job.accepted) conclude(job, recipient, decided(Stage::Data, reply));
    needs_reset_ = job.mail_accepted;
    end_round(job);
}

void Sender::on_end_of_data(Job& job, Reply reply) {
    if (job.accepted.empty()) {  // BDAT in vain
        needs_reset_ = job.mail_accepted;
        return end_round(job);
    }
    auto outcome = decided(Stage::EndOfData, reply.is_positive() && !is_completion(reply) ? confused(reply) : reply);
    if (is_completion(reply)) {
        outcome.result = Result::Delivered;
        outcome.dsn_passed_on = extensions_.dsn;
    }
    if (settings_.protocol == Protocol::Smtp) {
        for (auto recipient : job.accepted) conclude(job, recipient, outcome);
        needs_reset_ |= job.uses_bdat && !is_completion(reply);
        return end_round(job);
    }
    // RFC 2033 §4.2: a reply for each recipient accepted, in order.
    conclude(job, job.accepted.front(), std::move(outcome));
    job.accepted.erase(job.accepted.begin());
    if (job.accepted.empty()) return end_round(job);
    expected_.push_front({Kind::EndOfData, job.number});
}

/// The transaction is over. Recipients may be left for another one.
void Sender::end_round(Job& job) {
    job.is_under_way = false;
    job.is_ended = false;
    has_completed_ = true;
    if (writing_ == &job) writing_ = nullptr;
}

}  // namespace smtp
