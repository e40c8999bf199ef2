#include "relay/outcome.h"

#include <fmt/format.h>

#include <algorithm>

namespace relay {

namespace {

using qmgr::Status;

std::string shortened(std::string text) {
    if (text.size() <= longest_kept_reply) return text;
    std::size_t end = longest_kept_reply - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 character
    text.resize(end);
    return text + "...";
}

Status status_of(smtp::RecipientOutcome::Result result) {
    switch (result) {
        case smtp::RecipientOutcome::Result::Delivered: return Status::Relayed;
        case smtp::RecipientOutcome::Result::Failed: return Status::Failed;
        case smtp::RecipientOutcome::Result::Deferred:
        case smtp::RecipientOutcome::Result::NotTried: break;
    }
    return Status::Deferred;
}

Verdict deferred(qmgr::Destination destination, smtp::Reply reply, std::string remote = {}) {
    return {destination, {.status = Status::Deferred, .reply = std::move(reply), .remote = std::move(remote)}};
}

std::string story(std::span<const Trouble> troubles) {
    std::string text;
    for (const auto& trouble : troubles) {
        if (!text.empty()) text += "; ";
        text += to_text(trouble.place);
        if (trouble.is_refusal())
            text += fmt::format(" said: {}{}{} {}", trouble.reply.code, trouble.reply.enhanced.empty() ? "" : " ",
                                trouble.reply.enhanced, trouble.reply.text);
        else
            text += ": " + trouble.why;
    }
    return text;
}

// All of them answered and none wants mail from us, now or ever.
Verdict refused(std::span<const Trouble> troubles) {
    const auto& first = troubles.front();
    smtp::Reply reply(first.reply.code, first.reply.enhanced, shortened(story(troubles)));
    auto verdict = deferred(qmgr::Destination::Busy, std::move(reply), to_text(first.place));
    if (std::ranges::all_of(troubles, &Trouble::is_permanent)) {
        verdict.destination = qmgr::Destination::Fine;
        verdict.outcome.status = Status::Failed;
        if (verdict.outcome.reply.enhanced.empty()) verdict.outcome.reply.enhanced = "5.3.2";  // RFC 7504 §4
        return verdict;
    }
    // A 5yz among temporary ones, or one that is not to be believed: the status must not say what we do not mean.
    if (verdict.outcome.reply.is_permanent()) verdict.outcome.reply.code = 451;
    if (!verdict.outcome.reply.enhanced.starts_with('4')) verdict.outcome.reply.enhanced = "4.3.2";
    return verdict;
}

}  // namespace

qmgr::RecipientOutcome outcome_of(const smtp::RecipientOutcome& recipient, std::string_view remote) {
    qmgr::RecipientOutcome outcome{.status = status_of(recipient.result),
                                   .reply = recipient.reply,
                                   .remote = std::string(remote),
                                   .remote_does_dsn = recipient.dsn_passed_on};
    outcome.reply.text = shortened(std::move(outcome.reply.text));
    if (recipient.may_be_delivered)
        outcome.reply.text += " (possible duplicate: the server may have taken the message)";
    return outcome;
}

bool is_busy(const smtp::RecipientOutcome& recipient) {
    return recipient.result == smtp::RecipientOutcome::Result::Deferred && !recipient.is_local &&
           recipient.reply.code == 421;
}

Verdict no_route(const dns::NoRoute& reason) {
    smtp::Reply reply(reason.code, reason.status, shortened(reason.text));
    if (reason.is_temporary()) return deferred(qmgr::Destination::Unreachable, std::move(reply));
    return {qmgr::Destination::Fine, {.status = Status::Failed, .reply = std::move(reply), .remote = {}}};
}

Verdict unreachable(std::span<const Trouble> troubles) {
    const auto refusals = std::ranges::count_if(troubles, &Trouble::is_refusal);
    if (!troubles.empty() && static_cast<std::size_t>(refusals) == troubles.size()) return refused(troubles);
    if (!troubles.empty() && std::ranges::all_of(troubles, &Trouble::is_for_encryption))  // RFC 3463 §3.8
        return deferred(qmgr::Destination::Busy,
                        smtp::Reply(451, "4.7.5", shortened("Encryption is demanded: " + story(troubles))));
    // The destination rests: asking a server again and again with a wrong password gets us banned there.
    if (!troubles.empty() && troubles.back().is_for_login)
        return deferred(qmgr::Destination::Unreachable,
                        smtp::Reply(451, troubles.back().is_login_refused ? "4.7.8" : "4.7.0",
                                    shortened("Logging in failed: " + story(troubles))),
                        to_text(troubles.back().place));
    const auto destination = refusals > 0 ? qmgr::Destination::Busy : qmgr::Destination::Unreachable;
    return deferred(destination, smtp::Reply(451, "4.4.1", shortened("No connection: " + story(troubles))));
}

Verdict shutting_down() {
    return deferred(qmgr::Destination::Fine, smtp::Reply(451, "4.3.2", "We are shutting down; to be tried again soon"));
}

Verdict unreadable_message() {
    return deferred(qmgr::Destination::Fine, smtp::Reply(451, "4.3.0", "The message cannot be read from the queue"));
}

Verdict bad_destination(std::string_view destination) {
    return deferred(qmgr::Destination::Fine,
                    smtp::Reply(451, "4.3.5", shortened(fmt::format("\"{}\" is no destination", destination))));
}

Verdict never_got_through(std::string_view remote) {
    return deferred(
        qmgr::Destination::Busy,
        smtp::Reply(451, "4.4.2", "The connection was lost before it was this message's turn, several times"),
        std::string(remote));
}

}  // namespace relay
