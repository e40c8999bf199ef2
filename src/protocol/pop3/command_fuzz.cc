#include "pop3/command.h"

#include "fuzz.h"
#include "pop3/conversation.h"
#include "pop3/limits.h"
#include "pop3/line.h"
#include "text/ascii.h"

// Whatever a client sends: it is cut into the same lines however it comes; each is answered in one line or is a
// question; nobody is asked about a message that is not there; and nothing is deleted without a QUIT.
namespace {

std::string lines_of(std::string_view input, std::size_t piece) {
    pop3::LineReader reader;
    std::string buffer, lines;
    for (std::size_t at = 0; at < input.size();) {
        buffer += input.substr(at, piece);
        at += piece;
        for (bool more = true; more;) {
            const auto line = reader.next(buffer, pop3::LineReader::Expect::Command);
            VERIFY(line.consumed <= buffer.size());
            if (line.kind == pop3::Line::Kind::Flood) return lines;
            more = line.kind != pop3::Line::Kind::NeedMore;
            if (more) lines.append(line.text).append(1, '\n');
            buffer.erase(0, line.consumed);
        }
        VERIFY(buffer.size() <= pop3::longest_sasl_line);
    }
    return lines;
}

bool is_one_reply(std::string_view octets) {
    const bool is_begun = octets.starts_with("+OK") || octets.starts_with("-ERR ") || octets.starts_with("+ ");
    return is_begun && octets.ends_with("\r\n");
}

constexpr std::uint32_t messages = 2;

class Client {
public:
    explicit Client(unsigned choices) : choices_(choices) {}

    bool say(const pop3::Line& line) {
        is_quit_ = text::equal_ignoring_case(text::trim(line.text), "QUIT");
        carry_out(conversation_.on(line));
        return is_open_;
    }
    pop3::LineReader::Expect expects() const { return conversation_.expects(); }

private:
    bool choose() {
        choices_ = choices_ >> 1 | (choices_ & 1) << 7;
        return choices_ & 1;
    }
    void log_in() {
        using enum pop3::Login::Outcome;
        carry_out(conversation_.on(pop3::Login{choose() ? Open : choose() ? Wrong : Later, messages}));
    }
    void challenge() {
        if (choose())
            log_in();
        else
            carry_out(conversation_.on(pop3::Challenge{"?"}));
    }
    void check(std::uint32_t number) const { VERIFY(number >= 1 && number <= messages); }

    void carry_out(pop3::Step step) {
        if (const auto* say = std::get_if<pop3::Say>(&step)) {
            VERIFY(is_one_reply(say->octets));
        } else if (std::holds_alternative<pop3::StartTls>(step)) {
            conversation_.on_tls({.password = true, .mechanisms = {"PLAIN"}});
        } else if (std::holds_alternative<pop3::AskPassword>(step)) {
            log_in();
        } else if (std::holds_alternative<pop3::AskMechanism>(step) ||
                   std::holds_alternative<pop3::AskResponse>(step)) {
            challenge();
        } else if (std::holds_alternative<pop3::AskCount>(step) || std::holds_alternative<pop3::AskUnmark>(step)) {
            VERIFY(conversation_.is_logged_in());
            carry_out(conversation_.on(pop3::Count{}));
        } else if (const auto* one = std::get_if<pop3::AskOne>(&step)) {
            check(one->message);
            carry_out(conversation_.on(pop3::Looked{choose() ? pop3::Reach::Here : pop3::Reach::Marked, "x"}));
        } else if (const auto* message = std::get_if<pop3::AskMessage>(&step)) {
            check(message->message);
            carry_out(conversation_.on(pop3::Fetched{choose() ? pop3::Reach::Here : pop3::Reach::Gone}));
        } else if (const auto* mark = std::get_if<pop3::AskMark>(&step)) {
            check(mark->message);
            carry_out(conversation_.on(pop3::Looked{pop3::Reach::Here}));
        } else if (std::holds_alternative<pop3::AskUpdate>(step)) {
            VERIFY(is_quit_ && conversation_.is_logged_in());
            carry_out(conversation_.on(pop3::Updated{}));
        } else if (const auto* hang_up = std::get_if<pop3::HangUp>(&step)) {
            VERIFY(is_one_reply(hang_up->farewell.wire()));
            is_open_ = false;
        }
    }

    pop3::Conversation conversation_{
        {.hostname = "l.test", .logins = {.password = true, .mechanisms = {"PLAIN"}}, .offers_tls = true}};
    unsigned choices_;
    bool is_open_ = true;
    bool is_quit_ = false;
};

}  // namespace

FUZZ(input) {
    VERIFY(lines_of(input, input.size() + 1) == lines_of(input, 1));
    if (input.empty()) return;
    Client client(static_cast<unsigned char>(input.front()));
    input.remove_prefix(1);
    pop3::LineReader reader;
    while (true) {
        const auto line = reader.next(input, client.expects());
        input.remove_prefix(line.consumed);
        if (line.kind == pop3::Line::Kind::NeedMore && line.consumed == 0) return;
        if (line.kind != pop3::Line::Kind::NeedMore && !client.say(line)) return;
    }
}
