#include "smtpd/session.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "lang/overloaded.h"
#include "lang/wiping.h"
#include "mime/trace.h"
#include "submitter/examination.h"
#include "submitter/submission.h"

namespace smtpd {
namespace {

constexpr std::size_t command_read = 8 * 1024;
constexpr std::size_t content_read = 64 * 1024;

smtp::ReceiverSettings receiver_settings(const Config& config, const Entrance& entrance) {
    smtp::ReceiverSettings settings;
    settings.hostname = config.hostname;
    settings.protocol = entrance.protocol;
    settings.encryption = entrance.encryption;
    settings.message_size = config.limits.message_size;
    settings.recipients = config.limits.recipients;
    settings.transactions = config.limits.messages_per_connection;
    settings.errors = config.limits.errors;
    settings.junk_commands = config.limits.junk_commands;
    settings.errors_before_delay = config.smtp.tarpit_after;
    settings.delay = config.smtp.tarpit;
    settings.longest_delay = config.smtp.longest_tarpit;
    return settings;
}

smtp::ContentLimits limits(const Config& config) {
    smtp::ContentLimits limits;
    limits.size = config.limits.message_size;
    return limits;
}

net::Task<void> wait(std::chrono::seconds delay) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, delay);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace

void note_encryption(logs::Log& log, const std::optional<ip::Endpoint>& client, const tls::Facts& facts) {
    log.event(logs::Event::Encrypted, {{"client", client ? ip::to_text(client->address) : "local"},
                                       {"port", client ? client->port : 0},
                                       {"tls", tls::to_text(facts)},
                                       {"name", facts.server_name},
                                       {"how", encryption::remarks(facts)}});
}

const tls::Service& service_of(const Entrance& entrance) {
    if (entrance.protocol == smtp::Protocol::Lmtp) return encryption::lmtp;
    return entrance.login == ClientLogin::Offer::Required ? encryption::submission : encryption::smtp;
}

Session::Session(net::Stream& stream, Entrance entrance, Surroundings around, std::string early)
    : stream_(&stream),
      entrance_(entrance),
      around_(around),
      receiver_(receiver_settings(around.config, entrance_)),
      login_(around.config.login, around.directory.logins(), entrance_.login, entrance_.encryption),
      sender_check_(around.config, around.opinions, around.log),
      in_(std::move(early)),
      began_(around.clock.steady()) {}

net::Task<void> Session::run() {
    // A local socket has no address: its file permissions have decided.
    may_relay_ =
        !entrance_.client || site::may_relay(around_.config.relay, around_.config.client, entrance_.client->address);
    receiver_.offer(login_.on_connection(secure()));
    const auto& longest = around_.config.submission.future_release;
    if (entrance_.login == ClientLogin::Offer::Required && longest.count() > 0)
        receiver_.offer_future_release(smtp::future_release_limits(static_cast<std::uint32_t>(longest.count()), now()));
    const auto early = co_await wait_before_greeting();
    auto greeting = receiver_.start(early);
    co_await carry_out(std::move(greeting));
    while (is_open_) co_await next_command();
    co_await flush();
}

/// Octets, or at least one, that came too early and are not borne with.
net::Task<std::size_t> Session::wait_before_greeting() {
    using enum EarlyTalkers;
    const auto& smtp = around_.config.smtp;
    const bool is_watched = is_stranger() && entrance_.login != ClientLogin::Offer::Required;
    if (is_watched && smtp.greeting_pause.count() > 0 && !around_.is_under_stress) co_await wait(smtp.greeting_pause);
    const std::size_t early = unread().size() + (stream_->has_unread() ? 1 : 0);
    if (early == 0 || (is_watched && smtp.early_talkers == Allow)) co_return 0;
    talked_early_ = true;
    if (is_watched && entrance_.client) around_.directory.talked_early(entrance_.client->address);
    if (is_watched && smtp.early_talkers == Refuse) co_return 0;
    note_refusal("greeting", "", smtp::too_early());
    co_return early;
}

/// Whether it has lasted long enough.
bool Session::is_over() const {
    const auto most = around_.config.smtp.session_time;
    return most.count() > 0 && around_.clock.steady() - began_ >= most;
}

std::chrono::milliseconds Session::command_timeout() const {
    return around_.is_under_stress ? around_.config.smtp.stress_timeout : around_.config.smtp.command_timeout;
}

net::Task<void> Session::next_command() {
    const auto line = lines_.next(unread(), receiver_.longest_line());
    if (line.kind == smtp::CommandLine::Kind::NeedMore) {
        consume(line.consumed);
        co_await flush();
        co_await await_command();
        co_return;
    }
    is_in_command_ = false;
    auto step = receiver_.on(line, unread().size() - line.consumed);
    consume(line.consumed);
    co_await carry_out(std::move(step));
    if (!receiver_.is_logging_in()) login_.give_up();
}

Patience::Terms Session::data_terms() const {
    const auto& smtp = around_.config.smtp;
    if (around_.is_under_stress) return {.grace = smtp.stress_timeout, .rate = smtp.stress_rate};
    return {.grace = smtp.data_timeout, .rate = smtp.data_rate};
}

/// Hostile: a message may come in a million chunks, too.
std::chrono::milliseconds Session::command_deadline() const {
    if (!receiver_.is_between_chunks()) return command_timeout();
    return std::min(command_timeout(), patience_.left(data_terms()));
}

void Session::hurry() { stream_->set_deadline(around_.config.smtp.stress_timeout); }

/// The one place where a session can be told that the server stops: between two commands (RFC 5321 §3.8).
net::Task<void> Session::await_command() {
    if (is_over() && !is_in_command_ && !receiver_.is_between_chunks()) {
        say({421, "4.4.2", around_.config.hostname + " has given you its time; come again"});
        is_open_ = false;
        co_return;
    }
    // Hostile: of the whole line, so that an octet now and then gains nothing.
    if (!std::exchange(is_in_command_, true)) stream_->set_deadline(command_deadline());
    stream_->set_timeout(around_.config.smtp.command_timeout);
    const auto began = around_.clock.steady();
    try {
        co_await read_more(command_read);
        if (receiver_.is_between_chunks()) patience_.waited(around_.clock.steady() - began);
        co_return;
    } catch (const net::Gone& gone) {
        if (gone.why != net::Gone::Why::Stopping) throw;
    }
    say({421, "4.3.2", around_.config.hostname + " is going down; try again"});
    is_open_ = false;
}

net::Task<void> Session::carry_out(smtp::Step step) {
    while (co_await answer(step)) {
    }
    if (auto* each = std::get_if<smtp::SayEach>(&step)) {
        for (const auto& reply : each->replies) say(reply);
    } else if (auto* farewell = std::get_if<smtp::HangUp>(&step)) {
        say(farewell->farewell);
        is_open_ = false;
    } else if (auto* begin = std::get_if<smtp::BeginTls>(&step)) {
        co_await begin_tls(std::move(begin->go_ahead));
    } else if (auto* answer_now = std::get_if<smtp::Say>(&step)) {
        if (answer_now->delay.count() > 0 && !around_.is_under_stress) {  // others want the connection
            co_await flush();
            co_await wait(answer_now->delay);
        }
        say(answer_now->reply);
    }
}

// Hostile: what came behind STARTTLS in the clear may have been put there by somebody between us and the client, and
// must not be taken for the client's words inside TLS (RFC 3207 §4.2, CVE-2011-0411).
net::Task<void> Session::begin_tls(smtp::Reply go_ahead) {
    if (!around_.acceptor.has_certificate()) {  // a reload has taken it away since it was offered
        say({454, "4.7.0", "TLS is not available any more"});
        co_return;
    }
    say(go_ahead);
    co_await flush();
    consume(unread().size());
    lines_ = {};
    // A reload has taken it away since it was offered.
    if (!around_.acceptor.has_certificate())
        throw net::Gone(net::Gone::Why::Failed, "there is no certificate any more");
    secure_ = co_await around_.acceptor.accept(*stream_, service_of(entrance_), entrance_.certificates);
    stream_ = secure_.get();
    receiver_.on_encrypted();
    receiver_.offer(login_.on_connection(secure()));
    note_encryption(around_.log, entrance_.client, secure_->facts());
}

/// Finds out what the step asks and replaces it by the next; false: it asks nothing.
net::Task<bool> Session::answer(smtp::Step& step) {
    if (auto* sender = std::get_if<smtp::AskSender>(&step)) {
        auto reply = co_await admit_sender(*sender);
        step = receiver_.on(smtp::Verdict{std::move(reply)});
    } else if (auto* login = std::get_if<smtp::AskLogin>(&step)) {
        auto next = co_await login_.begin(std::move(*login), client_text());
        step = receiver_.on(std::move(next));
    } else if (auto* said = std::get_if<smtp::AskLoginResponse>(&step)) {
        auto next = co_await login_.go_on(std::move(said->response));
        step = receiver_.on(std::move(next));
    } else if (auto* recipient = std::get_if<smtp::AskRecipient>(&step)) {
        auto reply = co_await admit_recipient(recipient->mailbox);
        step = receiver_.on(smtp::Verdict{std::move(reply)});
    } else if (auto* data = std::get_if<smtp::TakeMessage>(&step)) {
        auto end = co_await take_data(*data);
        step = receiver_.on(end);
    } else if (auto* chunk = std::get_if<smtp::TakeChunk>(&step)) {
        auto end = co_await take_chunk(*chunk);
        step = receiver_.on(end);
    } else if (std::holds_alternative<smtp::AskMessage>(step)) {
        auto reply = co_await commit();
        step = receiver_.on(smtp::Verdict{std::move(reply)});
    } else {
        co_return false;
    }
    co_return true;
}

/// RFC 6409 §6.1. The null reverse-path belongs to nobody, and readers' notices have it.
net::Task<smtp::Reply> Session::admit_sender(const smtp::AskSender& sender) {
    resolved_.clear();
    receivers_ = 0;
    sender_check_.forget();
    hold_ = sender.hold;
    if (hold_ && !release())
        co_return smtp::Reply(501, "5.5.4", "That is later than mail is kept here; EHLO says for how long");
    if (!login_.is_logged_in()) {
        co_await check_sender(sender.reverse_path ? smtp::to_text(*sender.reverse_path) : "");
        if (!sender_check_.at_mail().is_positive()) note_refusal("MAIL", "", sender_check_.at_mail());
        co_return sender_check_.at_mail();
    }
    std::vector<std::string> names;
    if (sender.reverse_path) names.push_back(smtp::to_text(*sender.reverse_path));
    auto reply = co_await login_.may_send(std::move(names), 0);
    if (!reply.is_positive()) note_refusal("MAIL", "", reply);
    co_return reply;
}

/// Whom we let relay are our own, and an LMTP client is a server of ours that has taken the mail already.
bool Session::is_stranger() const {
    return !login_.is_logged_in() && !may_relay_ && entrance_.protocol != smtp::Protocol::Lmtp;
}

std::optional<ip::Address> Session::stranger() const {
    if (!is_stranger() || !entrance_.client) return std::nullopt;
    return entrance_.client->address;
}

net::Task<void> Session::check_sender(std::string reverse_path) {
    if (!is_stranger()) co_return;
    co_await sender_check_.ask({.ticket = 0,
                                .client = entrance_.client->address,
                                .helo = receiver_.helo(),
                                .reverse_path = std::move(reverse_path)});
}

// Rounded up: nothing is released before its time.
std::int64_t Session::now() const {
    return std::chrono::ceil<std::chrono::seconds>(around_.clock.wall().time_since_epoch()).count();
}

/// In seconds since 1970, of a message that has a hold. None: too far away.
std::optional<std::int64_t> Session::release() const {
    return smtp::release_time(*hold_, now(),
                              static_cast<std::uint32_t>(around_.config.submission.future_release.count()));
}

net::Task<smtp::Reply> Session::admit_recipient(smtp::Mailbox mailbox) {
    auto address = smtp::to_text(mailbox);
    if (talked_early_ && is_stranger()) {
        note_refusal("RCPT", address, smtp::too_early());
        co_return smtp::too_early();
    }
    if (auto verdict = sender_check_.verdict_for(mailbox); !verdict.is_positive()) {
        note_refusal("RCPT", address, verdict);
        co_return verdict;
    }
    auto resolved = co_await around_.directory.look_up({.ticket = 0,
                                                        .address = address,
                                                        .may_relay = may_relay_ || login_.is_logged_in(),
                                                        .reverse_path = receiver_.envelope().reverse_path,
                                                        .stranger = stranger()});
    // Hostile: "list+1", "list+2" … cost a line each, and bring everybody behind them.
    const bool is_too_much =
        receivers_ > 0 && receivers_ + resolved.recipients.size() > site::most_recipients_of_a_message;
    if (is_too_much && resolved.reply.is_positive())
        resolved.reply = {452, "4.5.3", "Too many recipients, with those that aliases lead to"};
    if (resolved.reply.is_positive()) {
        receivers_ += resolved.recipients.size();
        resolved_.push_back(std::move(resolved.recipients));
    } else {
        note_refusal("RCPT", address, resolved.reply);
    }
    co_return std::move(resolved.reply);
}

// ---- content

void Session::begin_message() {
    const auto now = around_.clock.wall();
    mime::Received received;
    const bool is_hidden = login_.is_logged_in() && around_.config.submission.hide_client;
    if (is_hidden) {
        received.local_user = "a user who logged in";
    } else {
        received.helo = receiver_.helo();
        if (entrance_.client) received.client = entrance_.client->address;
    }
    received.by = around_.config.hostname;
    received.with = receiver_.with_protocol();
    if (const auto* encrypted = secure()) received.tls = tls::to_text(encrypted->facts());
    const auto& recipients = receiver_.envelope().recipients;
    if (recipients.size() == 1) received.recipient = recipients.front().address;
    received.date = {std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(), 0};
    const auto date = received.date.unix_seconds;
    auto trace = submitter::trace_of(std::move(received));
    trace.id_at += static_cast<std::uint32_t>(sender_check_.trace().size());
    trace.field.insert(0, sender_check_.trace());  // above ours (RFC 7208 §9.1)
    message_.emplace(around_.queue, std::move(trace));
    if (login_.is_logged_in())
        message_->mend(submission(date));
    else if (is_stranger() && is_examined())
        message_->remove_forged({{site::authserv_id(around_.config.policy, around_.config)}},
                                site::scans_strangers(around_.config) ? site::fields_of(around_.config.spam.headers)
                                                                      : std::vector<std::string>());
}

mime::Submission Session::submission(std::int64_t now) const {
    const auto& sender = receiver_.envelope().reverse_path;
    return submitter::submission_of({"", sender.empty() ? login_.address() : sender}, around_.config.hostname, now);
}

net::Task<smtp::EndOfContent> Session::take_data(const smtp::TakeMessage& step) {
    say(step.go_ahead);
    co_await flush();
    patience_ = {};
    begin_message();
    message_->expect_data(limits(around_.config), around_.config.smtp.bare_newline);
    for (;;) {
        const auto taken = message_->take_data(unread());
        patience_.took(taken);
        consume(taken);
        co_await message_->spill();
        if (message_->at_end()) break;
        co_await read_content();
    }
    co_return end_of_content();
}

net::Task<smtp::EndOfContent> Session::take_chunk(const smtp::TakeChunk& step) {
    const bool is_kept = step.use == smtp::TakeChunk::Use::Keep;
    if (is_kept && (step.is_first || !message_)) {
        begin_message();
        message_->expect_chunks(limits(around_.config), smtp::ChunkContent::Text);
    }
    if (!is_kept || step.is_first) patience_ = {};
    for (auto left = step.size; left > 0;) {
        if (unread().empty()) {
            co_await flush();
            co_await read_content();
        }
        const auto part = unread().substr(0, left);
        if (is_kept) message_->take_chunk(part);
        left -= part.size();
        patience_.took(part.size());
        consume(part.size());
        if (is_kept) co_await message_->spill();
    }
    if (!is_kept) co_return smtp::EndOfContent{};
    if (step.last) {
        message_->finish_chunks();
        co_await message_->spill();
    }
    co_return end_of_content();
}

smtp::EndOfContent Session::end_of_content() {
    const auto fault = message_->fault();
    if (fault) note_refusal("DATA", "", smtp::refusal(*fault));
    return {fault};
}

/// Here a message becomes ours: the positive reply comes from qmgr once it is on disk.
net::Task<smtp::Reply> Session::commit() {
    qmgr::Submit submission;
    submission.envelope = envelope();
    if (hold_) submission.release = release().value_or(now()) * 1000;
    auto refusal = message_->refusal();
    if (!refusal && login_.is_logged_in()) {
        auto reply = co_await admit_author();
        if (!reply.is_positive()) refusal = std::move(reply);
    }
    policyd::Judgement judgement;
    if (!refusal && is_examined()) {
        judgement = co_await submitter::examine(around_.opinions, around_.config, circumstances(), message_->octets(),
                                                submission.envelope);
        if (!judgement.reply.is_positive()) refusal = judgement.reply;
    }
    if (!refusal && judgement.discard) refusal = judgement.reply;
    if (!refusal && !message_->hand_over(submission)) refusal = message_->refusal();
    message_.reset();
    if (!refusal) {
        auto commitment = co_await around_.queue.submit(std::move(submission));
        if (commitment.id != 0) {
            ++messages_;
            sender_check_.note(commitment.id);
        }
        note_judgement(judgement, commitment.id);
        refusal = std::move(commitment.reply);
    } else {
        note_judgement(judgement, 0);
    }
    around_.opinions.tell(judgement, refusal->is_positive());
    if (!refusal->is_positive()) note_refusal("DATA", "", *refusal);
    co_return std::move(*refusal);
}

/// Whoever the message says it is from must be somebody that the login may speak for; and it counts from here on.
/// Hostile: of two authors each reader shows another one.
net::Task<smtp::Reply> Session::admit_author() {
    const auto& claims = message_->claims();
    if (!claims.is_clear) co_return smtp::Reply(550, "5.6.0", "From must name one author, and can stand only once");
    auto reply = co_await login_.may_send(claims.addresses, static_cast<std::uint32_t>(receivers_));
    if (reply.code == 553) reply.text += ", as the message does";
    co_return reply;
}

bool Session::is_examined() const {
    if (is_stranger()) return site::looks_at_strangers(around_.config);
    return entrance_.protocol != smtp::Protocol::Lmtp && site::looks_at_our_own(around_.config);
}

/// All but the message itself.
policyd::Examine Session::circumstances() const {
    policyd::Examine about;
    about.bringer = is_stranger()           ? policyd::Bringer::Stranger
                    : login_.is_logged_in() ? policyd::Bringer::Account
                                            : policyd::Bringer::RelayClient;
    about.account = login_.account();
    if (entrance_.client) about.client = entrance_.client->address;
    if (entrance_.client) about.port = entrance_.client->port;
    about.helo = receiver_.helo();
    if (const auto* encrypted = secure()) about.tls = tls::to_text(encrypted->facts());
    const auto& envelope = receiver_.envelope();
    about.reverse_path = envelope.reverse_path;
    for (const auto& recipient : envelope.recipients) submitter::name_recipient(about, recipient.address);
    sender_check_.hand_on(about);
    return about;
}

void Session::note_judgement(const policyd::Judgement& judgement, std::uint64_t id) {
    const auto client = entrance_.client ? client_text() : "local";
    submitter::note(
        around_.log, judgement, id,
        {client, entrance_.client ? entrance_.client->port : std::uint16_t(0), receiver_.envelope().reverse_path});
}

std::string Session::client_text() const { return entrance_.client ? ip::to_text(entrance_.client->address) : ""; }

std::string Session::origin() const {
    const auto client = entrance_.client ? client_text() : "local socket";
    if (!login_.is_logged_in()) return fmt::format("{} (HELO {})", client, receiver_.helo());
    return fmt::format("{} (HELO {}, logged in as {})", client, receiver_.helo(), login_.account());
}

spool::Envelope Session::envelope() {
    auto said = receiver_.envelope();
    spool::Envelope made;
    made.reverse_path = std::move(said.reverse_path);
    made.body =
        message_->has_8bit() && said.body == smtp::BodyType::SevenBit ? smtp::BodyType::EightBitMime : said.body;
    made.smtputf8 = said.smtputf8;
    made.ret = said.ret;
    made.envelope_id = std::move(said.envelope_id);
    made.arrived = around_.clock.wall().time_since_epoch().count();
    made.origin = origin();
    for (std::size_t i = 0; i < said.recipients.size() && i < resolved_.size(); ++i) {
        for (auto& recipient : resolved_[i]) {
            recipient.smtp.notify = said.recipients[i].notify;
            recipient.smtp.original_recipient = said.recipients[i].original_recipient;
            made.recipients.push_back(std::move(recipient));
        }
    }
    return made;
}

void Session::note_refusal(std::string_view phase, std::string_view recipient, const smtp::Reply& reply) {
    around_.log.event(logs::Event::Rejected,
                      {{"phase", phase},
                       {"client", entrance_.client ? ip::to_text(entrance_.client->address) : "local"},
                       {"port", entrance_.client ? entrance_.client->port : 0},
                       {"code", reply.code},
                       {"reason", reply.enhanced.empty() ? reply.text : reply.enhanced + " " + reply.text},
                       {"helo", receiver_.helo()},
                       {"from", receiver_.envelope().reverse_path},
                       {"to", recipient}});
}

// ---- octets

// A password may be among them, and the connection may last.
void Session::consume(std::size_t octets) {
    ::explicit_bzero(in_.data() + read_, octets);
    read_ += octets;
    if (read_ < in_.size()) return;
    in_.clear();
    read_ = 0;
}

net::Task<void> Session::read_more(std::size_t most) {
    if (read_ > 0) drop_front(in_, std::exchange(read_, 0));
    if (in_.empty() && in_.capacity() > command_read) in_ = {};  // ten thousand idle clients need no buffers
    co_await stream_->read_some(in_, most);
}

net::Task<void> Session::read_content() {
    const auto terms = data_terms();
    stream_->set_timeout(terms.grace);
    stream_->set_deadline(patience_.left(terms));
    const auto began = around_.clock.steady();
    co_await read_more(content_read);
    patience_.waited(around_.clock.steady() - began);
}

net::Task<void> Session::flush() {
    if (out_.empty()) co_return;
    stream_->set_timeout(command_timeout());
    co_await stream_->write(out_);
    if (out_.capacity() > command_read)
        out_ = {};
    else
        out_.clear();
}

}  // namespace smtpd
