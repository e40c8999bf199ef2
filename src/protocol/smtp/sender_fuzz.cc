#include "smtp/sender.h"

#include "fuzz.h"
#include "lang/overloaded.h"
#include "smtp/reply_reader.h"

// Whatever a server answers: the conversation ends, each message is reported once, each recipient has an outcome, and
// nothing counts as delivered without a 2yz; where we have to log in, no message is sent before a 235, and no password
// in the clear. The first octet picks the protocol and the way of sending.
namespace {

smtp::Outgoing message(std::uint64_t id) {
    smtp::Outgoing made;
    made.id = id;
    made.envelope.reverse_path = "s@us.test";
    for (std::uint64_t i = 0; i <= id % 3; ++i)
        made.envelope.recipients.push_back(
            {static_cast<char>('a' + i) + std::string("@x.test"), "", smtp::notify_success});
    made.size = 100;
    made.has_8bit = id % 4 == 3;
    return made;
}

struct Relay {
    smtp::Sender sender;
    smtp::ReplyReader replies;
    std::string_view server;
    bool must_log_in = false;
    std::uint64_t submitted = 0, reported = 0;
    bool is_encrypted = false, was_let_in = false;

    void answer() {
        while (!replies.is_complete() && !replies.is_broken() && !server.empty())
            server.remove_prefix(replies.read(server));
        if (replies.is_complete()) {
            auto reply = replies.take();
            was_let_in |= reply.code == 235;
            return sender.on(std::move(reply));
        }
        sender.lost(replies.is_broken() ? "broken" : "closed");
    }

    void check(const smtp::Write& write) {
        VERIFY(write.octets.ends_with("\r\n"));
        if (!must_log_in) return;
        if (!was_let_in) VERIFY(!write.octets.contains("MAIL FROM"));
        if (!is_encrypted) VERIFY(!write.octets.contains("AUTH"));
    }

    void encrypt() {
        is_encrypted = true;
        sender.on_encrypted("channel");
        VERIFY(sender.extensions() == smtp::Extensions());
    }

    void check(const smtp::Outcome& outcome) {
        VERIFY(outcome.id == reported++);
        VERIFY(outcome.recipients.size() == outcome.id % 3 + 1);
        using Result = smtp::RecipientOutcome::Result;
        for (const auto& recipient : outcome.recipients) {
            if (recipient.result == Result::Delivered) VERIFY(recipient.reply.code / 100 == 2 && !recipient.is_local);
            if (recipient.result == Result::Failed) VERIFY(recipient.reply.is_permanent());
            if (recipient.result == Result::Deferred) VERIFY(recipient.reply.code >= 400);
        }
    }

    void run() {
        for (int steps = 0;; ++steps) {
            VERIFY(steps < 100'000);
            if (submitted < 20 && sender.may_submit())
                sender.submit(message(submitted++));
            else if (submitted == 20)
                sender.quit();
            const auto step = sender.next();
            if (std::holds_alternative<smtp::Finished>(step)) break;
            std::visit(
                Overloaded{
                    [&](const smtp::Write& write) { check(write); },
                    [&](const smtp::WriteBody& body) { VERIFY(body.id < submitted); },
                    [&](const smtp::AwaitReply&) { answer(); },
                    [&](const smtp::Handshake&) { submitted % 5 == 4 ? sender.lost("no agreement") : encrypt(); },
                    [&](const smtp::Report& report) { check(report.outcome); },
                    [](const auto&) {},
                },
                step);
        }
        VERIFY(reported == submitted);
    }
};

}  // namespace

FUZZ(input) {
    if (input.empty()) return;
    const auto first = input.front();
    smtp::SenderSettings settings;
    settings.hostname = "us.test";
    settings.protocol = first & 1 ? smtp::Protocol::Lmtp : smtp::Protocol::Smtp;
    settings.starttls = static_cast<smtp::UseTls>((first >> 2 & 3) % 3);
    settings.chunking = first & 2 ? smtp::Chunking::WhenSmall : smtp::Chunking::WhenNeeded;
    const bool must_log_in = first & 16;
    if (must_log_in)
        settings.login = {.user = "user",
                          .password = "pencil",
                          .mechanisms = {sasl::client_mechanisms.begin(), sasl::client_mechanisms.end()},
                          .nonce = "c"};
    Relay{smtp::Sender(settings), {}, input.substr(1), must_log_in}.run();
}
