#include "relay/converse.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/verify.h"

namespace relay {

namespace {

constexpr std::size_t most_read_at_once = 16 * 1024;
constexpr std::chrono::hours longest_conversation{24 * 30};  // no deadline but those of the single steps
constexpr std::size_t kept_while_idle = 64 * 1024;

// RFC 5321 §4.5.3.2
std::chrono::milliseconds time_for(smtp::Stage stage, const site::Relay& timeouts) {
    switch (stage) {
        case smtp::Stage::Connect: return timeouts.connect_timeout;
        case smtp::Stage::Greeting: return timeouts.greeting_timeout;
        case smtp::Stage::Hello:
        case smtp::Stage::StartTls:
        case smtp::Stage::Login:
        case smtp::Stage::Mail:
        case smtp::Stage::Rcpt: return timeouts.command_timeout;
        case smtp::Stage::Data: return timeouts.data_start_timeout;
        case smtp::Stage::Content: return timeouts.data_block_timeout;
        case smtp::Stage::EndOfData: return timeouts.data_end_timeout;
        case smtp::Stage::Quit: return quit_timeout;
    }
    std::unreachable();
}

}  // namespace

Conversation::Conversation(std::unique_ptr<net::Stream> stream, smtp::SenderSettings settings, Encryption encryption,
                           const site::Relay& timeouts, const clocks::Clock& clock)
    : stream_(std::move(stream)),
      encryption_(std::move(encryption)),
      sender_(std::move(settings)),
      timeouts_(timeouts),
      clock_(clock) {}

net::Task<bool> Conversation::open() {
    if (encryption_.is_implicit) {
        std::string gone;
        try {
            co_await encrypt();
            sender_.on_encrypted(secure_->channel_binding().value_or(""));
        } catch (const net::Gone& error) {
            gone = error.what();
        }
        if (!gone.empty()) lose(gone);
    }
    co_await run(nullptr);
    co_return sender_.is_open() && !refusal();
}

net::Task<bool> Conversation::serve(Work& work) {
    co_await run(&work);
    if (output_.capacity() > kept_while_idle) output_ = {};
    co_return sender_.is_open() && !is_abandoned_;
}

net::Task<void> Conversation::leave() {
    sender_.quit();
    co_await run(nullptr);
    stream().close();
}

void Conversation::abandon() {
    is_abandoned_ = true;
    stream().close();
}

net::Task<void> Conversation::run(Work* work) {
    for (;;) {
        if (work) take_messages(*work);
        auto step = sender_.next();
        if (std::holds_alternative<smtp::Idle>(step) || std::holds_alternative<smtp::Finished>(step)) co_return;
        if (auto* done = std::get_if<smtp::Report>(&step)) {
            report(std::move(done->outcome), work);
            continue;
        }
        if (take_without_waiting(step)) continue;
        std::string gone;
        try {
            co_await carry_out(std::move(step));
        } catch (const net::Gone& error) {
            gone = error.what();
        }
        if (!gone.empty()) lose(gone);
    }
}

void Conversation::take_messages(Work& work) {
    while (!is_abandoned_ && sender_.may_submit()) {
        Job* job = work.next();
        if (!job) return;
        jobs_.push_back(job);
        sender_.submit(job->outgoing());
    }
}

void Conversation::report(smtp::Outcome outcome, Work* work) {
    std::erase(jobs_, &job(outcome.id));
    VERIFY(work);  // messages are only taken while somebody wants to hear of them
    work->report(std::move(outcome));
}

Job& Conversation::job(std::uint64_t number) {
    const auto found = std::ranges::find(jobs_, number, &Job::number);
    VERIFY(found != jobs_.end());
    return **found;
}

/// Whatever needs no waiting: most steps. Output gathers until there is nothing left to understand.
bool Conversation::take_without_waiting(const smtp::SenderStep& step) {
    if (const auto* write = std::get_if<smtp::Write>(&step)) {
        output_ += write->octets;
        return true;
    }
    if (const auto* body = std::get_if<smtp::WriteBody>(&step)) {
        const auto& message = job(body->id).message();
        if (!message.is_inline()) return false;
        write_inline(message, body->form);
        return true;
    }
    if (std::holds_alternative<smtp::Handshake>(step)) return false;
    stage_ = std::get<smtp::AwaitReply>(step).stage;
    if (!has_reply()) return false;
    take_reply();
    return true;
}

net::Task<void> Conversation::carry_out(smtp::SenderStep step) {
    if (const auto* body = std::get_if<smtp::WriteBody>(&step))
        co_await write_pieces(job(body->id).message(), body->form);
    else if (std::holds_alternative<smtp::Handshake>(step))
        co_await begin_tls();
    else
        co_await read_reply(std::get<smtp::AwaitReply>(step).stage);
}

void Conversation::write_inline(const Message& message, smtp::WriteBody::Form form) {
    if (form == smtp::WriteBody::Form::AsItIs) {
        output_ += message.octets();
        return;
    }
    smtp::DotStuffer stuffer;
    stuffer.encode(message.octets(), output_);
    stuffer.finish(output_);
}

net::Task<void> Conversation::write_pieces(const Message& message, smtp::WriteBody::Form form) {
    const bool is_stuffed = form == smtp::WriteBody::Form::DotStuffed;
    smtp::DotStuffer stuffer;
    Message::Reader reader(message);
    std::string piece;
    while (reader.next(piece)) {
        if (is_stuffed)
            stuffer.encode(piece, output_);
        else
            output_ += piece;
        if (output_.size() >= piece_size) co_await flush();
    }
    // Half a message must not look like a whole one: without its end, the server throws it away.
    if (reader.has_failed())
        lose("the message cannot be read from the queue");
    else if (is_stuffed)
        stuffer.finish(output_);
}

// Hostile: what came behind the go-ahead may have been put there by somebody between us and the server, and must not be
// taken for its replies inside TLS (CVE-2021-38371).
net::Task<void> Conversation::begin_tls() {
    if (!input_.empty()) co_return lose("octets behind the reply to STARTTLS, which may be somebody else's");
    co_await encrypt();
    sender_.on_encrypted(secure_->channel_binding().value_or(""));
}

net::Task<void> Conversation::encrypt() {
    auto secure = encryption_.client->stream(*stream_, encryption_.peer);
    stream_->set_timeout(timeouts_.tls_timeout);
    stream_->set_deadline(timeouts_.tls_timeout);
    has_failed_to_encrypt_ = true;
    co_await secure->handshake();
    has_failed_to_encrypt_ = false;
    stream_->set_deadline(longest_conversation);
    secure_ = std::move(secure);
}

net::Task<void> Conversation::flush() {
    stream().set_timeout(timeouts_.data_block_timeout);
    co_await stream().write(output_);
    output_.clear();
}

// Hostile: a server that sends an octet now and then would never be timed out by the wait for each of them.
net::Task<void> Conversation::read_reply(smtp::Stage stage) {
    if (!output_.empty()) co_await flush();
    std::optional<clocks::Steady> begun;
    auto timeout = time_for(stage, timeouts_);
    for (;;) {
        stream().set_timeout(timeout);
        co_await stream().read_some(input_, most_read_at_once);
        if (has_reply()) break;
        const auto now = clock_.steady();
        if (!begun) begun = now;
        const auto left = longest_reply_time - (now - *begun);
        if (left <= left.zero()) co_return lose("the reply took too long");
        timeout = std::min(timeout, left);
    }
    take_reply();
}

bool Conversation::has_reply() {
    if (replies_.state() == smtp::ReplyReader::State::NeedMore)
        input_used_ += replies_.read(std::string_view(input_).substr(input_used_));
    if (input_used_ == input_.size()) {
        input_.clear();
        input_used_ = 0;
    }
    return replies_.state() != smtp::ReplyReader::State::NeedMore;
}

void Conversation::take_reply() {
    if (replies_.is_broken()) return lose(replies_.take().text);
    sender_.on(replies_.take());
    if (!refused_at_ && sender_.session_refusal()) refused_at_ = stage_;
}

void Conversation::lose(std::string_view why) {
    why_lost_ = why;
    output_.clear();
    stream().close();
    sender_.lost(why);
}

}  // namespace relay
