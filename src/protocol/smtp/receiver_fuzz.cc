#include "smtp/receiver.h"

#include "fuzz.h"
#include "lang/overloaded.h"
#include "smtp/data.h"

// Whatever a client sends: what it may send is always clear, no message is taken without a sender and recipients, and
// the limits hold. The first octet of the input picks SMTP or LMTP, whether clients must log in, and how the verdicts
// fall.
namespace {

class Server {
public:
    Server(std::string_view input, smtp::Protocol protocol, smtp::Encryption encryption, bool must_log_in,
           unsigned verdicts)
        : input_(input),
          receiver_(settings(protocol, encryption)),
          verdicts_(verdicts),
          encryption_(encryption),
          must_log_in_(must_log_in) {
        receiver_.offer({.offered = {"PLAIN"}, .if_encrypted = {}, .is_required = must_log_in});
        carry_out(receiver_.start());
        while (is_open_ && read_one()) {
        }
    }

private:
    static smtp::ReceiverSettings settings(smtp::Protocol protocol, smtp::Encryption encryption) {
        smtp::ReceiverSettings made;
        made.hostname = "l.test";
        made.protocol = protocol;
        made.message_size = 500;
        made.recipients = 3;
        made.junk_commands = 20;
        made.encryption = encryption;
        return made;
    }

    bool read_one() {
        const auto line = lines_.next(input_, receiver_.longest_line());
        input_.remove_prefix(line.consumed);
        if (line.kind == smtp::CommandLine::Kind::NeedMore) return line.consumed > 0;
        carry_out(receiver_.on(line, input_.size()));
        return true;
    }

    smtp::Verdict verdict() {
        verdicts_ = verdicts_ >> 1 | (verdicts_ & 1) << 7;
        return {verdicts_ & 1 ? smtp::Reply(250, "2.0.0", "ok") : smtp::Reply(verdicts_ & 2 ? 550 : 450, "", "no")};
    }

    void carry_out(smtp::Step step) {
        std::visit(Overloaded{
                       [](const smtp::Say& say) { VERIFY(!say.reply.wire().empty()); },
                       [](const smtp::SayEach& each) { VERIFY(!each.replies.empty() && each.replies.size() <= 3); },
                       [&](const smtp::AskSender&) { carry_out(receiver_.on(verdict())); },
                       [&](const smtp::AskRecipient& ask) {
                           VERIFY(!ask.mailbox.domain.empty());
                           carry_out(receiver_.on(verdict()));
                       },
                       [&](const smtp::TakeMessage&) { take_message(); },
                       [&](const smtp::TakeChunk& take) { take_chunk(take); },
                       [&](const smtp::AskMessage&) { take_verdict(); },
                       [&](const smtp::HangUp&) { is_open_ = false; },
                       [&](const smtp::BeginTls&) { begin_tls(); },
                       [&](const smtp::AskLogin&) { log_in(); },
                       [&](const smtp::AskLoginResponse&) { log_in(); },
                   },
                   step);
    }

    void log_in() {
        VERIFY(receiver_.envelope() == smtp::Envelope());
        const auto yes = verdict().reply.is_positive();
        smtp::LoginStep step{.reply = yes ? smtp::Reply(235, "2.7.0", "yes") : smtp::Reply(535, "5.7.8", "no")};
        if (verdicts_ & 4) step.challenge = "challenge";
        was_let_in_ |= yes && !step.challenge;
        carry_out(receiver_.on(std::move(step)));
        VERIFY(!receiver_.is_authenticated() || was_let_in_);
    }

    void begin_tls() {
        VERIFY(!receiver_.is_encrypted());
        receiver_.on_encrypted();
        VERIFY(receiver_.helo().empty() && receiver_.envelope() == smtp::Envelope());
        VERIFY(!receiver_.is_authenticated());
        was_let_in_ = false;
    }

    void take_message() {
        VERIFY(!receiver_.envelope().recipients.empty());
        smtp::DataDecoder decoder({.size = 500});
        std::string message;
        input_.remove_prefix(decoder.decode(input_, message));
        if (!decoder.at_end()) return void(is_open_ = false);
        carry_out(receiver_.on(smtp::EndOfContent{decoder.content().fault()}));
    }

    void take_chunk(const smtp::TakeChunk& take) {
        VERIFY(take.size <= 1000);
        if (take.size > input_.size()) return void(is_open_ = false);
        if (take.is_first) chunks_ = smtp::ChunkReader({.size = 500}), message_.clear();
        if (take.use == smtp::TakeChunk::Use::Keep) chunks_.take(input_.substr(0, take.size), message_);
        input_.remove_prefix(take.size);
        VERIFY(message_.size() <= 500);
        carry_out(receiver_.on(smtp::EndOfContent{chunks_.content().fault()}));
    }

    void take_verdict() {
        VERIFY(receiver_.is_encrypted() || encryption_ != smtp::Encryption::Required);
        VERIFY(receiver_.is_authenticated() || !must_log_in_);
        const auto envelope = receiver_.take_envelope();
        VERIFY(!envelope.recipients.empty() && envelope.recipients.size() <= 3);
        for (std::size_t i = 0; i < envelope.recipients.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                VERIFY(envelope.recipients[i].address != envelope.recipients[j].address);
        carry_out(receiver_.on(verdict()));
    }

    std::string_view input_;
    smtp::Receiver receiver_;
    smtp::LineReader lines_;
    smtp::ChunkReader chunks_;
    std::string message_;
    unsigned verdicts_;
    smtp::Encryption encryption_;
    bool must_log_in_;
    bool was_let_in_ = false;
    bool is_open_ = true;
};

}  // namespace

FUZZ(input) {
    if (input.empty()) return;
    const auto first = static_cast<unsigned char>(input.front());
    const auto protocol = first & 1 ? smtp::Protocol::Lmtp : smtp::Protocol::Smtp;
    const auto encryption = static_cast<smtp::Encryption>(first >> 1 & 3);
    Server server(input.substr(1), protocol, encryption, first & 8, first | 0x10u);
}
