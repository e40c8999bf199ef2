#pragma once
// What is thought of the sender of a transaction, from MAIL on: whether recipients may be named, and what is written
// on the message. The verdict is held until RCPT, so that the log names who would have received.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logs/log.h"
#include "site/authentication.h"
#include "smtp/path.h"
#include "smtp/reply.h"
#include "submitter/opinions.h"

namespace smtpd {

class SenderCheck {
public:
    /// All outlive it.
    SenderCheck(const site::Authentication& settings, submitter::Opinions& opinions, logs::Log& log)
        : settings_(settings), opinions_(opinions), log_(log) {}

    void forget();
    net::Task<void> ask(policyd::CheckSender sender);

    /// Not positive: what the client hears at MAIL.
    const smtp::Reply& at_mail() const { return at_mail_; }
    /// What this recipient hears; positive: nothing stands against the sender.
    smtp::Reply verdict_for(const smtp::Mailbox& recipient) const;
    /// Header fields for the top of the message.
    const std::string& trace() const { return trace_; }
    /// What was found out, for whoever looks at the message later. `about` has its recipients already.
    void hand_on(policyd::Examine& about) const;
    /// The same for the log of a message that was taken.
    void note(std::uint64_t message) const;

private:
    void do_without(const policyd::CheckSender& sender);
    smtp::Reply spf_verdict(std::string_view domain) const;
    smtp::Reply unasked_verdict(site::SpfBehavior grade) const;
    smtp::Reply unasked_screening(const site::ScreeningWeight& weight) const;

    const site::Authentication& settings_;
    submitter::Opinions& opinions_;
    logs::Log& log_;
    bool is_unasked_ = false;  // as policyd does not answer
    smtp::Reply at_mail_{250, "2.1.0", "Sender accepted"};
    policyd::Opinion opinion_;
    std::string client_;
    std::string trace_;
};

}  // namespace smtpd
