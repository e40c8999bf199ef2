#include "pop3/conversation.h"

#include <fmt/format.h>

#include "text/base64.h"

namespace pop3 {

Step Conversation::start(std::string_view challenge) {
    has_challenge_ = !challenge.empty();
    auto text = settings_.hostname + " POP3 server ready";
    if (has_challenge_) text.append(1, ' ').append(challenge);
    return Say{ok(std::move(text)).wire()};
}

LineReader::Expect Conversation::expects() const {
    return state_ == State::Exchange ? LineReader::Expect::SaslResponse : LineReader::Expect::Command;
}

Step Conversation::on(const Line& line) {
    switch (line.kind) {
        case Line::Kind::TooLong:
            if (state_ == State::Exchange) {
                state_ = State::Authorization;
                return CancelExchange{err("that response is too long")};
            }
            return refuse(err("that line is too long"));
        case Line::Kind::Flood: return HangUp{err("that is not POP3")};
        case Line::Kind::NeedMore:
        case Line::Kind::Whole: break;
    }
    if (state_ == State::Exchange) return take_response(line.text);
    return on(parse_command(line.text));
}

Step Conversation::on(std::expected<Command, SyntaxError> said) {
    if (!said) return refuse(err(std::string(describe(said.error()))));
    return std::visit([this](auto& command) { return handle(command); }, *said);
}

/// Hostile: whoever tries one thing after the other is no mail reader.
Step Conversation::refuse(Reply reply) {
    if (++errors_ >= settings_.errors) return HangUp{err("too many errors")};
    return Say{reply.wire()};
}

Step Conversation::fail_login(Reply reply) {
    if (++failed_logins_ >= settings_.failed_logins) return HangUp{std::move(reply)};
    return Say{reply.wire()};
}

void Conversation::on_tls(Logins logins) {
    has_tls_ = true;
    settings_.offers_tls = false;
    settings_.logins = std::move(logins);
    user_.reset();  // RFC 2595 §4: nothing that was learnt before TLS counts
}

// ---- the exchange of AUTH, RFC 5034 §4

Step Conversation::take_response(std::string_view line) {
    if (line == "*") {
        state_ = State::Authorization;
        return CancelExchange{err("given up")};
    }
    auto response = parse_sasl_response(line);
    if (!response) {
        state_ = State::Authorization;
        return CancelExchange{err(std::string(describe(response.error())))};
    }
    return AskResponse{std::move(*response)};
}

Step Conversation::on(const Challenge& challenge) {
    state_ = State::Exchange;
    return Say{"+ " + text::to_base64(challenge.text) + "\r\n"};
}

Step Conversation::on(const Login& login) {
    using enum Login::Outcome;
    state_ = State::Authorization;
    user_.reset();
    switch (login.outcome) {
        case Open:
            state_ = State::Transaction;
            messages_ = login.messages;
            return Say{ok(fmt::format("{} message{}", messages_, messages_ == 1 ? "" : "s")).wire()};
        // The same for whoever does not exist: nobody is to learn which names there are.
        case Wrong: return fail_login(err("that is not right", "AUTH"));
        case Malformed: return fail_login(err("that is no response of this mechanism", "AUTH"));
        case NotOffered: return fail_login(err("no such mechanism here"));
        case InUse: return Say{err("another session has this mailbox open", "IN-USE").wire()};
        case Later: return Say{err("try again later", "SYS/TEMP").wire()};
        case Unavailable: return Say{err("this account has no mailbox that POP3 can read", "SYS/PERM").wire()};
        case Abusive: break;
    }
    return HangUp{err("too many failed logins; try again later", "SYS/TEMP")};
}

// ---- what the maildrop has answered

Reply Conversation::refusal(Reach reach) const {
    switch (reach) {
        case Reach::Marked: return err("message already deleted");
        case Reach::Gone: return err("somebody else has deleted this message");
        case Reach::Failing: return err("this message cannot be read at the moment", "SYS/TEMP");
        case Reach::Absent:
        case Reach::Here: break;
    }
    return err("not that many messages");
}

Step Conversation::on(const Count& count) {
    if (about_ == About::Unmark) {
        last_ = 0;
        return Say{ok(fmt::format("{} messages", count.messages)).wire()};
    }
    return Say{ok(fmt::format("{} {}", count.messages, count.octets)).wire()};
}

Step Conversation::on(const Looked& looked) {
    if (looked.reach != Reach::Here) return Say{refusal(looked.reach).wire()};
    if (about_ == About::Listing) return Say{ok(fmt::format("{} {}", asked_about_, looked.text)).wire()};
    last_ = std::max(last_, asked_about_);
    return Say{ok("deleted when you QUIT").wire()};
}

Step Conversation::on(const Fetched& fetched) {
    if (fetched.reach != Reach::Here) return Say{refusal(fetched.reach).wire()};
    if (!body_lines_) last_ = std::max(last_, asked_about_);
    return SendMessage{ok("here it is"), body_lines_};
}

Step Conversation::on(const Updated& updated) {
    state_ = State::Over;
    // RFC 1939 §6: the client must hear that something it deleted is still there.
    if (updated.left > 0)
        return HangUp{err(fmt::format("{} deleted messages could not be removed", updated.left), "SYS/TEMP")};
    return HangUp{ok(fmt::format("goodbye; {} messages left", updated.remaining))};
}

// RFC 1939 §6: a client that has said QUIT must not believe what nobody knows.
Step Conversation::on_loss() {
    const bool is_updating = about_ == About::Update;
    state_ = State::Over;
    return HangUp{err(is_updating
                          ? "the mailbox cannot be reached any more; some of what you deleted may be there still"
                          : "the mailbox cannot be reached any more; nothing was deleted",
                      "SYS/TEMP")};
}

}  // namespace pop3
