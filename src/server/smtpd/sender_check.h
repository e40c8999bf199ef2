#pragma once
// What is thought of the sender of a transaction, from MAIL on: whether recipients may be named, and what is written
// on the message. The verdict is held until RCPT, so that the log names who would have received.

#include <string>

#include "logs/log.h"
#include "site/spf.h"
#include "smtp/reply.h"
#include "smtpd/opinions.h"

namespace smtpd {

class SenderCheck {
public:
    /// All outlive it.
    SenderCheck(const site::Spf& spf, Opinions& opinions, logs::Log& log) : spf_(spf), opinions_(opinions), log_(log) {}

    void forget();
    net::Task<void> ask(policyd::CheckSender sender);

    /// What every recipient hears; positive: nothing stands against the sender.
    const smtp::Reply& verdict() const { return verdict_; }
    /// Header fields for the top of the message.
    const std::string& trace() const { return trace_; }

private:
    void do_without(const policyd::CheckSender& sender);

    const site::Spf& spf_;
    Opinions& opinions_;
    logs::Log& log_;
    smtp::Reply verdict_{250, "2.1.0", ""};
    std::string trace_;
};

}  // namespace smtpd
