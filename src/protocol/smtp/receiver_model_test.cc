// Random conversations against a second, naive reading of RFC 5321: a few sets and flags, no code shared.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <string>

#include "lang/overloaded.h"
#include "smtp/receiver.h"

namespace smtp {
namespace {

constexpr std::size_t most_recipients_here = 3;
constexpr std::uint64_t message_size = 100;

/// What the standard says about the order of commands, in the fewest words: only the class of each answer, and "hang
/// up" as 0.
class Model {
public:
    int hello() {
        said_hello = true;
        forget();
        return 2;
    }
    int mail(bool accepted) {
        if (!said_hello || has_mail) return 5;
        has_mail = accepted;
        return accepted ? 2 : 5;
    }
    int rcpt(const std::string& address, bool accepted) {
        if (!has_mail || has_chunk) return 5;
        if (recipients.contains(address)) return 2;
        if (recipients.size() == most_recipients_here) return 4;
        if (accepted) recipients.insert(address);
        return accepted ? 2 : 5;
    }
    int data(bool fault, bool accepted) {
        body_refused = !has_mail || has_chunk || recipients.empty();
        if (body_refused) return 5;
        forget();
        return !fault && accepted ? 2 : 5;
    }
    int bdat(std::uint64_t size, bool last, bool fault, bool accepted) {
        if (!has_mail || recipients.empty()) return discard(size);
        if (chunks + size > message_size) {
            forget();
            return discard(size);
        }
        chunks += size;
        has_chunk = true;
        const bool is_wrong = fault || (last && !accepted);
        if (last || is_wrong) forget();
        return is_wrong ? 5 : 2;
    }
    /// no more than twice the limit is read for nothing.
    int discard(std::uint64_t size) {
        if (discarded + size > 2 * message_size) return 0;
        discarded += size;
        return 5;
    }
    int reset() {
        forget();
        return 2;
    }
    /// what is no command behind a refused DATA is a body.
    int broken() const { return body_refused ? 0 : 5; }
    bool body_refused = false;
    std::size_t open_recipients() const { return recipients.size(); }

private:
    void forget() {
        has_mail = has_chunk = false;
        recipients.clear();
        chunks = 0;
    }
    bool said_hello = false, has_mail = false, has_chunk = false;
    std::set<std::string> recipients;
    std::uint64_t chunks = 0, discarded = 0;
};

struct Turn {
    unsigned command = 0, number = 0;
    bool accepted = true, fault = false, last = false;
};

std::string line_of(const Turn& turn) {
    const auto number = std::to_string(turn.number);
    switch (turn.command) {
        case 0: return turn.last ? "EHLO c" : "HELO c";
        case 1: return "MAIL FROM:<s@x.test>";
        case 2:
        case 3: return "RCPT TO:<u" + number + "@l.test>";
        case 4: return "DATA";
        case 5: return "BDAT " + std::to_string(turn.number * 10) + (turn.last ? " LAST" : "");
        case 6: return "RSET";
        case 7: return "NOOP";
        default: return "MAIL FROM:<broken";
    }
}

int ask(Model& model, const Turn& turn) {
    if (turn.command > 7) return model.broken();
    model.body_refused = false;
    switch (turn.command) {
        case 0: return model.hello();
        case 1: return model.mail(turn.accepted);
        case 2:
        case 3: return model.rcpt("u" + std::to_string(turn.number), turn.accepted);
        case 4: return model.data(turn.fault, turn.accepted);
        case 5: return model.bdat(turn.number * 10, turn.last, turn.fault, turn.accepted);
        case 6: return model.reset();
        default: return 2;
    }
}

int ask(Receiver& receiver, const Turn& turn) {
    Step step = receiver.on(parse_command(line_of(turn)));
    for (;;) {
        if (const auto* say = std::get_if<Say>(&step)) return say->reply.code / 100;
        if (std::holds_alternative<HangUp>(step)) return 0;
        const bool has_content = std::holds_alternative<TakeMessage>(step) || std::holds_alternative<TakeChunk>(step);
        const auto fault = turn.fault ? std::optional(ContentFault::BareLineFeed) : std::nullopt;
        step = has_content
                   ? receiver.on(EndOfContent{fault})
                   : receiver.on(Verdict{turn.accepted ? Reply(250, "2.0.0", "ok") : Reply(550, "5.0.0", "no")});
    }
}

Turn random_turn(std::mt19937& random) {
    Turn turn;
    turn.command = std::array<unsigned, 16>{0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 4, 5, 5, 6, 7, 8}[random() % 16];
    turn.number = random() % 6;
    turn.accepted = random() % 4 != 0;
    turn.fault = random() % 6 == 0;
    turn.last = random() % 2 == 0;
    return turn;
}

// RFC 5321 §4.1.4, RFC 3030 §2
TEST(ReceiverModel, AnswersAlikeClassByClass) {
    std::mt19937 random(42);
    for (int conversation = 0; conversation < 40'000; ++conversation) {
        ReceiverSettings settings;
        settings.hostname = "l.test";
        settings.message_size = message_size;
        settings.recipients = most_recipients_here;
        settings.junk_commands = settings.errors = 1'000'000;
        Receiver receiver(settings);
        receiver.start();
        Model model;
        std::string said;
        for (int i = 0; i < 25; ++i) {
            const auto turn = random_turn(random);
            said += line_of(turn) + (turn.accepted ? "" : " (no)") + (turn.fault ? " (fault)" : "") + "\n";
            const auto want = ask(model, turn);
            ASSERT_EQ(ask(receiver, turn), want) << said;
            if (want == 0) break;
            ASSERT_EQ(receiver.envelope().recipients.size(), model.open_recipients()) << said;
        }
    }
}

}  // namespace
}  // namespace smtp
