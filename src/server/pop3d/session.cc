#include "pop3d/session.h"

#include <fmt/format.h>
#include <string.h>

#include <utility>

#include "lang/wiping.h"

namespace pop3d {
namespace {

constexpr std::size_t command_read = 8 * 1024;
constexpr std::size_t much_to_send = 32 * 1024;

using LoginOutcome = directory::LoginStep::Outcome;
using Outcome = pop3::Login::Outcome;

Outcome outcome_of(LoginOutcome said) {
    switch (said) {
        case LoginOutcome::Malformed: return Outcome::Malformed;
        case LoginOutcome::NotOffered: return Outcome::NotOffered;
        case LoginOutcome::Banned: return Outcome::Abusive;
        case LoginOutcome::Rejected: return Outcome::Wrong;
        case LoginOutcome::Later:
        case LoginOutcome::Challenge:
        case LoginOutcome::Success: break;
    }
    return Outcome::Later;
}

Outcome outcome_of(Found::State state) {
    switch (state) {
        case Found::State::Open: return Outcome::Open;
        case Found::State::InUse: return Outcome::InUse;
        case Found::State::NoMailbox: return Outcome::Unavailable;
        case Found::State::Failing: break;
    }
    return Outcome::Later;
}

/// Where there is TLS nobody is asked to log in without (RFC 8314 §3.3). USER and PASS are PLAIN in other words.
pop3::Logins logins_of(const Config& config, site::ListenTls tls, const tls::Stream* secure) {
    pop3::Logins logins;
    if (!secure && tls != site::ListenTls::Off) return logins;
    const sasl::Connection connection{.is_encrypted = secure != nullptr,
                                      .has_channel = secure && secure->channel_binding(),
                                      .has_certificate = secure && !secure->facts().client.empty()};
    for (const auto mechanism : config.login.mechanisms)
        if (site::offers(config.login, mechanism, connection)) logins.mechanisms.emplace_back(sasl::name(mechanism));
    logins.password = site::offers(config.login, sasl::Mechanism::Plain, connection);
    return logins;
}

/// RFC 4616 §2
std::string plain_response(std::string_view name, std::string_view password) {
    std::string response;
    response.reserve(2 + name.size() + password.size());
    response.append(1, '\0').append(name).append(1, '\0').append(password);
    return response;
}

pop3::Settings settings_of(const Config& config, const Entrance& entrance) {
    const bool has_tls = entrance.secure != nullptr;
    return {.hostname = config.hostname,
            .logins = logins_of(config, entrance.tls, entrance.secure),
            .offers_tls = !has_tls && entrance.tls != site::ListenTls::Off,
            .has_tls = has_tls,
            .errors = config.limits.errors};
}

}  // namespace

void note_encryption(logs::Log& log, const std::optional<ip::Endpoint>& client, const tls::Facts& facts) {
    log.event(logs::Event::Encrypted, {{"tls", tls::to_text(facts)},
                                       {"client", client ? ip::to_text(client->address) : "local"},
                                       {"name", facts.server_name},
                                       {"how", encryption::remarks(facts)}});
}

Session::Session(net::Stream& stream, Entrance entrance, Surroundings around)
    : stream_(&stream), entrance_(entrance), around_(around), conversation_(settings_of(around.config, entrance_)) {}

/// APOP where somebody may log in without more ado: elsewhere the digest of a client that does not wait for TLS would
/// be there for everybody to guess from.
bool offers_apop(const Config& config, const Entrance& entrance) {
    if (!entrance.secure && entrance.tls != site::ListenTls::Off) return false;
    return site::offers(config.login, sasl::Mechanism::Apop,
                        {.is_encrypted = entrance.secure != nullptr, .has_greeting = true});
}

net::Task<void> Session::greet() {
    std::string challenge;
    if (offers_apop(around_.config, entrance_)) {
        apop_.emplace(around_.logins);
        auto said = co_await apop_->begin(beginning("APOP"));
        if (said.outcome == LoginOutcome::Challenge) challenge = std::move(said.octets);
    }
    co_await carry_out(conversation_.start(challenge));
}

net::Task<void> Session::run() {
    co_await greet();
    // One deadline for the whole way in. Hostile: commands that lead nowhere gain no time.
    stream_->set_deadline(around_.config.pop3.login_timeout);
    while (is_open_) co_await next_command();
    co_await flush();
}

std::chrono::milliseconds Session::patience() const {
    const auto& pop3 = around_.config.pop3;
    return conversation_.is_logged_in() ? pop3.idle_timeout : pop3.login_timeout;
}

net::Task<void> Session::next_command() {
    const auto line = lines_.next(unread(), conversation_.expects());
    if (line.kind == pop3::Line::Kind::NeedMore) {
        consume(line.consumed);
        co_await flush();
        co_return co_await await_command();
    }
    is_in_command_ = false;
    auto step = conversation_.on(line);
    consume(line.consumed);
    co_await carry_out(std::move(step));
    if (out_.size() >= much_to_send) co_await flush();
}

/// Hostile: the deadline is that of the whole line, so that an octet now and then gains nothing.
net::Task<void> Session::await_command() {
    if (conversation_.is_logged_in() && !std::exchange(is_in_command_, true)) stream_->set_deadline(patience());
    stream_->set_timeout(patience());
    if (read_ > 0) drop_front(in_, std::exchange(read_, 0));
    if (in_.empty() && in_.capacity() > command_read) in_ = {};
    co_await stream_->read_some(in_, command_read);
}

net::Task<void> Session::carry_out(pop3::Step step) {
    while (co_await answer(step)) {
    }
    if (auto* said = std::get_if<pop3::Say>(&step)) {
        out_ += said->octets;
    } else if (auto* cancel = std::get_if<pop3::CancelExchange>(&step)) {
        attempt_.reset();
        out_ += cancel->reply.wire();
    } else if (auto* start = std::get_if<pop3::StartTls>(&step)) {
        co_await start_tls(std::move(*start));
    } else if (auto* all = std::get_if<pop3::SendAll>(&step)) {
        co_await send_all(std::move(*all));
    } else if (auto* message = std::get_if<pop3::SendMessage>(&step)) {
        co_await send_message(std::move(*message));
    } else if (auto* farewell = std::get_if<pop3::HangUp>(&step)) {
        mailbox_.reset();  // before the client hears that it may come again
        out_ += farewell->farewell.wire();
        is_open_ = false;
    }
}

/// Finds out what the step asks and replaces it by the next; false: it asks nothing.
net::Task<bool> Session::answer(pop3::Step& step) {
    if (auto* password = std::get_if<pop3::AskPassword>(&step)) {
        step = co_await log_in("PLAIN", plain_response(password->name, password->password));
    } else if (auto* mechanism = std::get_if<pop3::AskMechanism>(&step)) {
        step = co_await log_in(std::move(mechanism->mechanism), std::move(mechanism->initial_response));
    } else if (auto* apop = std::get_if<pop3::AskApop>(&step)) {
        step = co_await log_in_by_greeting(std::move(*apop));
    } else if (auto* response = std::get_if<pop3::AskResponse>(&step)) {
        auto said = co_await attempt_->answer(std::move(response->response));
        step = co_await take(std::move(said));
    } else if (std::holds_alternative<pop3::AskCount>(step)) {
        step = co_await count(/*unmarks=*/false);
    } else if (std::holds_alternative<pop3::AskUnmark>(step)) {
        step = co_await count(/*unmarks=*/true);
    } else if (auto* one = std::get_if<pop3::AskOne>(&step)) {
        const auto about = one->what == pop3::AskOne::What::Size ? reader::About::Size : reader::About::UniqueId;
        step = co_await look(reader::Look{about, one->message});
    } else if (auto* mark = std::get_if<pop3::AskMark>(&step)) {
        step = co_await look(reader::Mark{mark->message});
    } else if (auto* message = std::get_if<pop3::AskMessage>(&step)) {
        step = co_await fetch(message->message);
    } else if (std::holds_alternative<pop3::AskUpdate>(step)) {
        step = co_await update();
    } else {
        co_return false;
    }
    co_return true;
}

// ---- the way in

// Hostile: what came behind STLS in the clear may have been put there by somebody between us and the client, and must
// not be taken for the client's words inside TLS (RFC 2595 §4, CVE-2011-0411).
net::Task<void> Session::start_tls(pop3::StartTls start) {
    out_ += start.go_ahead.wire();
    co_await flush();
    consume(unread().size());
    lines_ = {};
    // A reload has taken it away since it was offered.
    if (!around_.acceptor.has_certificate())
        throw net::Gone(net::Gone::Why::Failed, "there is no certificate any more");
    secure_ = co_await around_.acceptor.accept(*stream_, encryption::pop3, entrance_.certificates);
    stream_ = secure_.get();
    stream_->set_deadline(around_.config.pop3.login_timeout);
    conversation_.on_tls(logins_of(around_.config, entrance_.tls, secure_.get()));
    note_encryption(around_.log, entrance_.client, secure_->facts());
}

directory::BeginLogin Session::beginning(std::string mechanism) const {
    directory::BeginLogin beginning;
    beginning.mechanism = std::move(mechanism);
    beginning.purpose = directory::Purpose::Pop3;
    if (entrance_.client) beginning.client = ip::to_text(entrance_.client->address);
    beginning.is_encrypted = secure() != nullptr;
    if (secure()) beginning.channel = secure()->channel_binding().value_or("");
    if (secure()) beginning.certificate = secure()->facts().client;
    return beginning;
}

net::Task<pop3::Step> Session::log_in(std::string mechanism, std::optional<std::string> initial) {
    attempt_.emplace(around_.logins);
    auto asked = beginning(std::move(mechanism));
    asked.initial = std::move(initial);
    auto said = co_await attempt_->begin(std::move(asked));
    co_return co_await take(std::move(said));
}

net::Task<pop3::Step> Session::log_in_by_greeting(pop3::AskApop asked) {
    auto said = co_await apop_->answer(asked.name + ' ' + asked.digest);
    apop_.reset();
    co_return co_await take(std::move(said));
}

net::Task<pop3::Step> Session::take(directory::LoginStep said) {
    if (said.outcome == LoginOutcome::Challenge) co_return conversation_.on(pop3::Challenge{std::move(said.octets)});
    attempt_.reset();
    if (said.outcome == LoginOutcome::Success) apop_.reset();
    if (said.outcome == LoginOutcome::Success) co_return co_await open_mailbox(std::move(said));
    co_return conversation_.on(pop3::Login{outcome_of(said.outcome)});
}

net::Task<pop3::Step> Session::open_mailbox(directory::LoginStep success) {
    auto opened = co_await around_.mailroom.open(success.key);
    if (!opened.worker) {
        const bool is_none = opened.refusal == Opened::Refusal::NoMailbox;
        co_return conversation_.on(pop3::Login{is_none ? Outcome::Unavailable : Outcome::Later});
    }
    auto mailbox = std::make_unique<Mailbox>(around_.mailroom.context(), std::move(opened.worker));
    const auto found = co_await mailbox->found();
    const auto state = found ? found->state : Found::State::Failing;
    if (found && !found->trouble.empty()) note_trouble(success.account, found->trouble);
    if (state == Found::State::Open) {
        account_ = std::move(success.account);
        mailbox_ = std::move(mailbox);
        note_opened(found->messages);
    }
    co_return conversation_.on(pop3::Login{outcome_of(state), found ? found->messages : 0});
}

// ---- the mailbox

net::Task<pop3::Step> Session::count(bool unmarks) {
    if (unmarks)
        mailbox_->send(reader::UnmarkAll{});
    else
        mailbox_->send(reader::CountMessages{});
    const auto counted = co_await mailbox_->hear<Counted>();
    if (!counted) co_return conversation_.on_loss();
    co_return conversation_.on(pop3::Count{counted->messages, counted->octets});
}

template <typename Question>
net::Task<pop3::Step> Session::look(Question question) {
    auto looked = co_await mailbox_->ask<Looked>(question);
    if (!looked) co_return conversation_.on_loss();
    co_return conversation_.on(pop3::Looked{looked->reach, std::move(looked->text)});
}

net::Task<pop3::Step> Session::fetch(std::uint32_t message) {
    piece_ = co_await mailbox_->ask<Piece>(reader::Fetch{message});
    if (!piece_) co_return conversation_.on_loss();
    co_return conversation_.on(pop3::Fetched{piece_->reach});
}

/// Behind "+OK" there is no way to tell that the rest is missing but to end the connection.
net::Task<void> Session::send_message(pop3::SendMessage send) {
    pop3::MessageWriter writer(send.body_lines);
    out_ += send.reply.wire();
    auto piece = std::exchange(piece_, std::nullopt);
    while (true) {
        const bool is_last = piece->is_last;
        if (!is_last) mailbox_->send(reader::FetchMore{});  // it is read while this piece leaves
        writer.write(piece->octets, out_);
        if (out_.size() >= much_to_send) co_await flush();
        if (is_last) break;
        piece = co_await mailbox_->hear<Piece>();
        if (!piece || piece->reach != pop3::Reach::Here)
            throw net::Gone(net::Gone::Why::Failed, "the mailbox failed in the middle of a message");
        if (writer.is_full()) break;
    }
    writer.finish(out_);
    if (!send.body_lines) ++retrieved_;
}

net::Task<void> Session::send_all(pop3::SendAll all) {
    out_ += all.reply.wire();
    const auto about = all.what == pop3::AskOne::What::Size ? reader::About::Size : reader::About::UniqueId;
    mailbox_->send(reader::ListMessages{about, 1});
    while (true) {
        auto listed = co_await mailbox_->hear<Listed>();
        if (!listed) throw net::Gone(net::Gone::Why::Failed, "the mailbox failed in the middle of a list");
        if (listed->next != 0) mailbox_->send(reader::ListMessages{about, listed->next});
        out_ += listed->lines;
        if (listed->next == 0) break;
        co_await flush();
    }
    out_ += ".\r\n";
}

net::Task<pop3::Step> Session::update() {
    const auto updated = co_await mailbox_->ask<Updated>(reader::Update{});
    if (!updated) co_return conversation_.on_loss();
    deleted_ = updated->deleted;
    if (!updated->trouble.empty()) note_trouble(account_, updated->trouble);
    co_return conversation_.on(pop3::Updated{.left = updated->left, .remaining = updated->remaining});
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

net::Task<void> Session::flush() {
    if (out_.empty()) co_return;
    stream_->set_timeout(patience());
    co_await stream_->write(out_);
    if (out_.capacity() > command_read)
        out_ = {};
    else
        out_.clear();
}

void Session::note_opened(std::uint32_t messages) const {
    around_.log.event(logs::Event::MailboxOpened,
                      {{"account", account_},
                       {"client", entrance_.client ? ip::to_text(entrance_.client->address) : "local"},
                       {"messages", messages}});
}

void Session::note_trouble(const std::string& account, const std::string& trouble) const {
    around_.log.event(logs::Event::Warning, {{"reason", "mailbox: " + trouble}, {"account", account}});
}

}  // namespace pop3d
