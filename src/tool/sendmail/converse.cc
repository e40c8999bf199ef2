#include "sendmail/converse.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "drop/envelope.h"
#include "drop/outbox.h"
#include "lang/overloaded.h"
#include "lang/verify.h"
#include "sendmail/line_input.h"
#include "smtp/command_line.h"
#include "smtp/content.h"
#include "smtp/data.h"
#include "smtp/receiver.h"

namespace sendmail {
namespace {

constexpr std::size_t piece_size = 64 * 1024;
const smtp::Reply not_kept(451, "4.3.0", "The message cannot be kept at the moment");

/// The message under way: a file in the drop directory.
class Letter {
public:
    Letter(const Place& place, const Caller& caller, const smtp::Envelope& envelope) {
        auto opened = drop::Outbox::open(place.drop_directory);
        if (!opened) return;
        outbox_.emplace(std::move(*opened));
        write(drop::to_text({envelope, caller.full_name}));
    }
    void write(std::string_view octets) {
        if (outbox_ && !outbox_->write(octets)) outbox_.reset();
    }
    bool commit() { return outbox_ && outbox_->commit().has_value(); }

private:
    std::optional<drop::Outbox> outbox_;  // none: something failed
};

class Dialogue {
public:
    Dialogue(const Place& place, const Caller& caller, int input, int output)
        : place_(place),
          caller_(caller),
          input_(input),
          output_(output),
          receiver_({.hostname = place.hostname, .message_size = place.message_size}) {}

    int run() {
        carry_out(receiver_.start());
        while (!is_over_) {
            const auto line = lines_.next(waiting_);
            if (line.kind == smtp::CommandLine::Kind::NeedMore) {
                waiting_.erase(0, line.consumed);
                if (!input_.take_line(waiting_)) break;
                continue;
            }
            const std::string text(line.text);  // it points into what is erased
            auto said = line;
            said.text = text;
            waiting_.erase(0, line.consumed);
            carry_out(receiver_.on(said));  // in the wild: a script written in advance is fed here at once
        }
        return EX_OK;
    }

private:
    void say(const smtp::Reply& reply) {
        const auto wire = reply.wire();
        for (std::string_view rest = wire; !rest.empty();) {
            const auto written = ::write(output_, rest.data(), rest.size());
            if (written < 0 && errno != EINTR) return;
            if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    /// Steps lead to further steps until there is something to wait for.
    void carry_out(smtp::Step step) {
        for (std::optional<smtp::Step> next = std::move(step); next;) {
            auto current = std::move(*next);
            next = std::visit(Overloaded{
                                  [&](const smtp::Say& one) { return say(one.reply), none(); },
                                  [&](const smtp::SayEach&) { return none(); },  // only LMTP
                                  [&](const smtp::AskSender&) { return answer({250, "2.1.0", "Sender ok"}); },
                                  [&](const smtp::AskRecipient&) { return answer({250, "2.1.5", "Recipient ok"}); },
                                  [&](const smtp::TakeMessage& take) { return take_message(take); },
                                  [&](const smtp::TakeChunk& take) { return take_chunk(take); },
                                  [&](const smtp::AskMessage&) { return keep(); },
                                  [&](const smtp::HangUp& end) { return say(end.farewell), is_over_ = true, none(); },
                                  [&](const auto&) { return none(); },  // TLS and logging in are not offered here
                              },
                              current);
        }
    }
    static std::optional<smtp::Step> none() { return std::nullopt; }
    std::optional<smtp::Step> answer(smtp::Reply reply) { return receiver_.on(smtp::Verdict{std::move(reply)}); }

    smtp::ContentLimits limits() const { return {.size = place_.message_size}; }

    std::optional<smtp::Step> take_message(const smtp::TakeMessage& take) {
        VERIFY(waiting_.empty());
        say(take.go_ahead);
        letter_.emplace(place_, caller_, receiver_.envelope());
        smtp::DataDecoder decoder(limits(),
                                  input_.ends_lines_in_lf() ? smtp::BareNewline::Normalize : smtp::BareNewline::Reject);
        std::string line, text;
        while (!decoder.at_end()) {
            line.clear();
            if (!input_.take_line(line)) return is_over_ = true, none();  // the letter vanishes
            decoder.decode(line, text);
            if (text.size() < piece_size && !decoder.at_end()) continue;
            letter_->write(text);
            text.clear();
        }
        return receiver_.on(smtp::EndOfContent{decoder.content().fault()});
    }

    std::optional<smtp::Step> take_chunk(const smtp::TakeChunk& take) {
        VERIFY(waiting_.empty());
        const bool keeps = take.use == smtp::TakeChunk::Use::Keep;
        if (keeps && take.is_first) {
            letter_.emplace(place_, caller_, receiver_.envelope());
            // Lines ended by LF are made CRLF when the message enters the queue, like those of a plain `sendmail`.
            chunks_.emplace(limits(),
                            input_.ends_lines_in_lf() ? smtp::ChunkContent::Binary : smtp::ChunkContent::Text);
        }
        std::string octets, text;
        for (std::uint64_t left = take.size; left > 0; left -= octets.size()) {
            octets.clear();
            text.clear();
            if (!input_.take_octets(left, octets)) return is_over_ = true, none();
            if (!keeps || !chunks_) continue;
            chunks_->take(octets, text);
            letter_->write(text);
        }
        if (!keeps || !chunks_) return receiver_.on(smtp::EndOfContent{});
        return end_chunk(take.last);
    }

    std::optional<smtp::Step> end_chunk(bool is_last) {
        std::string text;
        if (is_last) chunks_->finish(text);
        letter_->write(text);
        return receiver_.on(smtp::EndOfContent{chunks_->content().fault()});
    }

    std::optional<smtp::Step> keep() {
        const bool is_kept = letter_ && letter_->commit();
        letter_.reset();
        return answer(is_kept ? smtp::Reply(250, "2.0.0", "Taken") : not_kept);
    }

    const Place& place_;
    const Caller& caller_;
    LineInput input_;
    int output_;
    smtp::Receiver receiver_;
    smtp::LineReader lines_;
    std::string waiting_;  // at most one line
    std::optional<Letter> letter_;
    std::optional<smtp::ChunkReader> chunks_;
    bool is_over_ = false;
};

}  // namespace

int converse(const Place& place, const Caller& caller, int input, int output) {
    return Dialogue(place, caller, input, output).run();
}

}  // namespace sendmail
