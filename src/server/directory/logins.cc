#include "directory/logins.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/quantity.h"
#include "directory/account_name.h"
#include "jose/introspection.h"
#include "lang/overloaded.h"
#include "text/ascii.h"

namespace directory {
namespace {

using Outcome = LoginStep::Outcome;

constexpr std::size_t longest_response = 12'288;  // RFC 4954 §4

std::string_view name_of(Purpose purpose) { return purpose == Purpose::Pop3 ? "pop3" : "submission"; }
std::string client_name(const std::string& client) { return client.empty() ? "local" : client; }

}  // namespace

Logins::Logins(Surroundings around, std::string hostname, site::Login settings, std::uint32_t iterations)
    : around_(std::move(around)),
      hostname_(std::move(hostname)),
      settings_(settings),
      iterations_(iterations),
      failures_(settings) {
    read_token_keys();
}

/// They were looked at before the configuration was handed over.
void Logins::read_token_keys() {
    auto keys = jose::parse_keys(settings_.tokens.keys_text);
    keys_in_file_ = keys ? std::move(*keys) : std::vector<jose::Key>();
}

/// tokend has looked at them; Hostile: or says so.
void Logins::use_issuer_keys(std::string_view json) {
    if (auto keys = jose::parse_keys(json)) keys_of_issuer_ = std::move(*keys);
}

void Logins::use(std::string hostname, site::Login settings, std::uint32_t iterations) {
    iterations_ = iterations;
    hostname_ = std::move(hostname);
    settings_ = settings;
    read_token_keys();
    failures_.use(std::move(settings));
}

/// Hostile: a process that is broken into shows whatever certificate it likes.
bool Logins::shows_certificates(Purpose purpose) const {
    return purpose == Purpose::Pop3 ? asks_for_certificates_.pop3 : asks_for_certificates_.submission;
}

// ---- what an asker may ask

bool Logins::is_offered(sasl::Mechanism mechanism, const BeginLogin& message) const {
    return site::offers(settings_, mechanism,
                        {.is_encrypted = message.is_encrypted,
                         .has_channel = !message.channel.empty(),
                         .has_certificate = !message.certificate.empty() && shows_certificates(message.purpose),
                         .has_greeting = message.purpose == Purpose::Pop3});
}

/// Success: nothing is wrong with it.
Outcome Logins::flaw(const BeginLogin& message, const std::optional<sasl::Mechanism>& mechanism) const {
    if (!mechanism || !is_offered(*mechanism, message)) return Outcome::NotOffered;
    if (message.initial && message.initial->size() > longest_response) return Outcome::Malformed;
    const auto client = ip::parse_address(message.client);
    if (!client && !message.client.empty()) return Outcome::Malformed;
    return failures_.is_banned(client, around_.clock.steady()) ? Outcome::Banned : Outcome::Success;
}

sasl::Circumstances Logins::circumstances(const BeginLogin& message) const {
    using enum sasl::Mechanism;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(around_.clock.wall().time_since_epoch());
    return {.hostname = hostname_,
            .nonce = around_.nonce(),
            .time = now.count(),
            .channel = message.channel,
            .offers_binding = is_offered(ScramSha256Plus, message) || is_offered(ScramSha1Plus, message),
            .certificate = message.certificate};
}

void Logins::begin(const Asker& asker, BeginLogin message, Reply reply) {
    const auto mechanism = sasl::parse_mechanism(message.mechanism);
    if (const auto outcome = flaw(message, mechanism); outcome != Outcome::Success)
        return reply({.ticket = message.ticket, .outcome = outcome});
    expire();
    const Key key(asker, message.ticket);
    // Hostile: or one smtpd would have all our memory.
    const auto first = exchanges_.lower_bound({asker, 0});
    const auto last = exchanges_.upper_bound({asker, ~std::uint64_t{0}});
    const auto count = static_cast<std::size_t>(std::distance(first, last));
    if (count >= most_of_an_asker || exchanges_.contains(key)) return reply({.ticket = message.ticket});
    auto& exchange = exchanges_[key];
    exchange.client = ip::parse_address(message.client);
    exchange.mechanism = *mechanism;
    exchange.sasl = sasl::make_exchange(*mechanism, circumstances(message));
    exchange.ticket = message.ticket;
    exchange.serial = ++last_serial_;
    exchange.since = exchange.asked = around_.clock.steady();
    exchange.reply = std::move(reply);
    auto initial = std::exchange(message.initial, std::nullopt);
    exchange.began = std::move(message);
    auto step = exchange.sasl->start(initial);
    if (initial) crypto::wipe(*initial);
    carry_out(key, exchange, std::move(step));
}

void Logins::proceed(const Asker& asker, const ContinueLogin& message, const Reply& reply) {
    const auto found = exchanges_.find({asker, message.exchange});
    // It took too long, or was known to one before us. Hostile: or it is not the client's turn.
    if (found == exchanges_.end() || found->second.ticket != 0) return reply({.ticket = message.ticket});
    auto& exchange = found->second;
    exchange.ticket = message.ticket;
    exchange.asked = around_.clock.steady();
    if (message.response.size() > longest_response) return end(found->first, exchange, Outcome::Malformed);
    carry_out(found->first, exchange, exchange.sasl->on_response(message.response));
}

// Hostile: whoever hears that his token is bad (RFC 7628 §3.2.3), and says no more, has failed like any other.
void Logins::abandon(const Asker& asker, const AbandonLogin& message) {
    const auto found = exchanges_.find({asker, message.exchange});
    if (found == exchanges_.end()) return;
    auto& exchange = found->second;
    if (exchange.refused) static_cast<void>(count_failure(exchange, *std::exchange(exchange.refused, std::nullopt)));
    exchanges_.erase(found);
}

void Logins::forget(const Asker& asker) {
    exchanges_.erase(exchanges_.lower_bound({asker, 0}), exchanges_.upper_bound({asker, ~std::uint64_t{0}}));
}

/// Hostile: whoever does not say that a client is gone keeps no place for ever. Who waits for our answer gets it first.
void Logins::expire() {
    const auto now = around_.clock.steady();
    std::erase_if(exchanges_,
                  [&](const auto& one) { return one.second.ticket == 0 && now - one.second.since > longest; });
}

std::string Logins::counted_as(std::string_view user) const {
    auto name = account_name(user, hostname_);
    return name.empty() ? text::lower(user) : name;
}

Logins::Exchange* Logins::find(const Key& key, std::uint64_t serial) {
    const auto found = exchanges_.find(key);
    return found == exchanges_.end() || found->second.serial != serial ? nullptr : &found->second;
}

// ---- an exchange, step by step

void Logins::carry_out(const Key& key, Exchange& exchange, sasl::Step step) {
    std::visit(Overloaded{
                   [&](sasl::Challenge& challenge) {
                       const auto ticket = std::exchange(exchange.ticket, 0);
                       exchange.reply(
                           {.ticket = ticket, .outcome = Outcome::Challenge, .octets = std::move(challenge.octets)});
                   },
                   [&](sasl::CheckPassword& question) { check(key, exchange, question); },
                   [&](sasl::FindScramKeys& question) { find_keys(key, exchange, question); },
                   [&](sasl::FindSecret& question) { find_secret(key, exchange, question); },
                   [&](sasl::CheckCertificate& question) { confirm(key, exchange, question); },
                   [&](sasl::CheckToken& question) { check_token(key, exchange, question); },
                   [&](sasl::Success& success) { succeed(key, exchange, success); },
                   [&](sasl::Failure& failure) { fail(key, exchange, failure); },
               },
               step);
}

/// Before a secret is looked at; false: the exchange is over.
bool Logins::may_try(const Key& key, Exchange& exchange, std::string_view user) {
    switch (failures_.ask(counted_as(user), exchange.client, around_.clock.steady())) {
        case Failures::Answer::Go: return true;
        case Failures::Answer::Slower: return end(key, exchange, Outcome::Later), false;
        case Failures::Answer::Banned: return end(key, exchange, Outcome::Banned), false;
    }
    std::unreachable();
}

/// On a checker's thread; what comes of it finds the exchange again, if it is still there.
template <typename Answer>
void Logins::look_up(const Key& key, Exchange& exchange, const std::string& user,
                     std::function<Answer(Credentials&)> ask, std::function<void(Exchange&, Answer)> then,
                     Checkers::Lane lane) {
    auto answer = std::make_shared<std::optional<Answer>>();  // of the job, then of what is done after it
    const bool is_taken = around_.checkers.run(
        lane, user, [answer, ask = std::move(ask)](Credentials& credentials) { *answer = ask(credentials); },
        [this, key, serial = exchange.serial, answer, then = std::move(then)] {
            auto* found = find(key, serial);
            if (!found || !*answer) return;
            if (!**answer) return end(key, *found, Outcome::Later);
            then(*found, std::move(**answer));
        });
    if (!is_taken) end(key, exchange, Outcome::Later);
}

void Logins::check(const Key& key, Exchange& exchange, const sasl::CheckPassword& question) {
    if (!may_try(key, exchange, question.user)) return;
    using Answer = Credentials::Looked<Identity>;
    look_up<Answer>(
        key, exchange, question.user,
        [question = sasl::CheckPassword(question), purpose = exchange.began.purpose](Credentials& credentials) mutable {
            auto found = credentials.check(question.user, question.password, purpose);
            crypto::wipe(question.password);
            return found;
        },
        [this, key](Exchange& asked, Answer found) {
            carry_out(key, asked, asked.sasl->on_answer(sasl::Verdict{.is_good = found->has_value()}));
        });
}

void Logins::find_keys(const Key& key, Exchange& exchange, const sasl::FindScramKeys& question) {
    if (!may_try(key, exchange, question.user)) return;
    using Answer = Credentials::Looked<sasl::ScramKeys>;
    look_up<Answer>(
        key, exchange, question.user,
        [question, purpose = exchange.began.purpose](Credentials& credentials) {
            return credentials.scram_keys(question.user, question.digest, purpose);
        },
        [this, key, question](Exchange& asked, Answer found) {
            auto keys = std::move(*found);
            if (!keys)
                keys = sasl::keys_of_nobody(question.digest, counted_as(question.user), around_.secret, iterations_);
            carry_out(key, asked, asked.sasl->on_answer(std::move(keys)));
        });
}

void Logins::find_secret(const Key& key, Exchange& exchange, const sasl::FindSecret& question) {
    if (!may_try(key, exchange, question.user)) return;
    using Answer = Credentials::Looked<std::string>;
    look_up<Answer>(
        key, exchange, question.user,
        [question, purpose = exchange.began.purpose](Credentials& credentials) {
            return credentials.secret(question.user, purpose);
        },
        [this, key](Exchange& asked, Answer found) {
            carry_out(key, asked, asked.sasl->on_answer(std::move(*found)));
        });
}

/// The certificate's name is an account's, or it says nothing here.
void Logins::confirm(const Key& key, Exchange& exchange, const sasl::CheckCertificate& question) {
    using Answer = Credentials::Looked<Identity>;
    look_up<Answer>(
        key, exchange, question.certificate,
        [question, purpose = exchange.began.purpose](Credentials& credentials) {
            return credentials.identify(question.certificate, purpose);
        },
        [this, key, question](Exchange& asked, Answer found) {
            const bool is_his = question.user.empty() || text::equal_ignoring_case(question.user, question.certificate);
            const sasl::Verdict verdict{.is_good = is_his && found->has_value(), .user = question.certificate};
            carry_out(key, asked, asked.sasl->on_answer(verdict));
        });
}

// ---- tokens

const std::vector<jose::Key>& Logins::token_keys() const {
    return settings_.tokens.keys_url.empty() || keys_of_issuer_.empty() ? keys_in_file_ : keys_of_issuer_;
}

jose::Demands Logins::token_demands() const {
    const auto& tokens = settings_.tokens;
    return {.issuer = tokens.issuer,
            .audience = tokens.audience,
            .scope = tokens.scope,
            .user_claims = tokens.user_claims,
            .leeway = tokens.leeway};
}

std::chrono::sys_seconds Logins::wall_time() const {
    const auto now = std::chrono::floor<std::chrono::seconds>(around_.clock.wall());
    return std::chrono::sys_seconds(now.time_since_epoch());
}

/// By its signature where it has the form for that, else by what its issuer says of it. A key that we have not may be a
/// new one of his.
void Logins::check_token(const Key& key, Exchange& exchange, const sasl::CheckToken& question) {
    if (!question.user.empty() && !may_try(key, exchange, question.user)) return;
    const auto& tokens = settings_.tokens;
    const bool is_opaque = !tokens.introspection.empty() && !jose::is_signed(question.token);
    if (!site::has_keys(tokens) || is_opaque) return introspect(key, exchange, question, std::nullopt);
    const bool may_be_new = token_keys().empty() || jose::names_unknown_key(question.token, token_keys());
    if (tokens.keys_url.empty() || !may_be_new) return check_signature(key, exchange, question);
    if (!around_.issuer) return end(key, exchange, Outcome::Later);
    around_.issuer->renew_keys([this, key = Key(key), serial = exchange.serial, question](bool is_reached) {
        auto* found = find(key, serial);
        if (!found) return;
        if (!is_reached) return end(key, *found, Outcome::Later);
        check_signature(key, *found, question);
    });
}

void Logins::check_signature(const Key& key, Exchange& exchange, const sasl::CheckToken& question) {
    const auto named = jose::user_of(question.token, token_keys(), token_demands(), wall_time());
    const auto& tokens = settings_.tokens;
    const bool is_asked = !tokens.introspection.empty() && tokens.introspect == site::Introspect::All;
    if (!named || !is_asked) return conclude(key, exchange, question, named);
    introspect(key, exchange, question, *named);
}

/// `signed_for`: whom its signature proves it to be for; it may have been taken back since. RFC 7662 §2
void Logins::introspect(const Key& key, const Exchange& exchange, const sasl::CheckToken& question,
                        std::optional<std::string> signed_for) {
    const auto judge = [this, key = Key(key), serial = exchange.serial, question,
                        signed_for = std::move(signed_for)](const std::optional<std::string>& json) {
        auto* found = find(key, serial);
        if (!found) return;
        const auto said = json ? jose::Introspection::parse(*json) : std::nullopt;
        if (!said) return end(key, *found, Outcome::Later);
        if (!signed_for) return conclude(key, *found, question, said->user(token_demands(), wall_time()));
        const auto good = said->check(token_demands(), wall_time());
        if (!good) return conclude(key, *found, question, std::unexpected(good.error()));
        conclude(key, *found, question, *signed_for);
    };
    if (!around_.issuer) return judge(std::nullopt);
    around_.issuer->introspect(question.token, judge);
}

/// Whom the token names, it is that account's; as whom the client wants to log in must be the same. RFC 7628 §3.1
void Logins::conclude(const Key& key, Exchange& exchange, const sasl::CheckToken& question,
                      const std::expected<std::string, jose::Flaw>& named) {
    sasl::Verdict verdict;
    if (named) {
        verdict = {.is_good = question.user.empty() || counted_as(question.user) == counted_as(*named), .user = *named};
        if (!verdict.is_good) exchange.why = ": the token is another user's";
    } else {
        exchange.why = ": the token: " + std::string(jose::describe(named.error()));
    }
    if (!verdict.is_good) exchange.refused = question.user;
    carry_out(key, exchange, exchange.sasl->on_answer(verdict));
}

void Logins::succeed(const Key& key, Exchange& exchange, const sasl::Success& success) {
    using Answer = Credentials::Looked<Identity>;
    look_up<Answer>(
        key, exchange, success.user,
        [user = success.user, purpose = exchange.began.purpose](Credentials& credentials) {
            return credentials.identify(user, purpose);
        },
        [this, key, user = success.user](Exchange& asked, Answer found) {
            if (!*found) return reject(key, asked, user);
            auto& identity = **found;
            failures_.succeeded(counted_as(user), asked.client, around_.clock.steady());
            note_success(asked, identity.account);
            end(key, asked,
                LoginStep{.outcome = Outcome::Success,
                          .account = std::move(identity.account),
                          .address = std::move(identity.address),
                          .stamp = identity.stamp});
        },
        Checkers::Lane::Members);
}

void Logins::fail(const Key& key, Exchange& exchange, const sasl::Failure& failure) {
    if (failure.reason == sasl::Failure::Reason::Malformed) return end(key, exchange, Outcome::Malformed);
    reject(key, exchange, failure.user);
}

/// How long whoever failed is to wait for the answer.
std::chrono::milliseconds Logins::count_failure(const Exchange& exchange, const std::string& user) {
    const auto now = around_.clock.steady();
    const auto delay = failures_.failed(counted_as(user), exchange.client, now);
    note_failure(exchange, user);
    for (const auto& ban : failures_.take_begun()) {
        note_ban(exchange, ban, now);
        if (around_.on_ban) around_.on_ban(ban);
    }
    return delay;
}

/// Counted before anything is looked up, which may fail when there is much to do. Hostile: or that would be the time to
/// guess.
void Logins::reject(const Key& key, Exchange& exchange, const std::string& user) {
    exchange.refused.reset();
    // From the moment that the client asked, so that the time does not tell what was done meanwhile.
    const auto delay = exchange.asked + count_failure(exchange, user) - around_.clock.steady();
    around_.after(std::max(delay, std::chrono::milliseconds(0)), [this, key, serial = exchange.serial] {
        if (auto* found = find(key, serial)) end(key, *found, Outcome::Rejected);
    });
}

void Logins::end(const Key& key, Exchange& exchange, LoginStep step) {
    step.ticket = exchange.ticket;
    const auto reply = std::move(exchange.reply);
    exchanges_.erase(Key(key));  // a copy: it may be the map's own
    reply(step);
}

/// The account is written down only where there is one: people type passwords in place of names. The client does not
/// wait for that.
void Logins::note_failure(const Exchange& exchange, const std::string& user) {
    struct Failed {
        std::string client;
        sasl::Mechanism mechanism;
        Purpose purpose;
        std::string why;
        std::string account = {};  // of the job, then of what is done after it
    };
    const auto& began = exchange.began;
    const auto failed = std::make_shared<Failed>(began.client, exchange.mechanism, began.purpose, exchange.why);
    const auto note = [this, failed] {
        around_.log.event(logs::Event::Rejected, {{"phase", "AUTH"},
                                                  {"client", client_name(failed->client)},
                                                  {"code", 535},
                                                  {"reason", "5.7.8 the login failed" + failed->why},
                                                  {"account", failed->account},
                                                  {"mechanism", sasl::name(failed->mechanism)},
                                                  {"purpose", name_of(failed->purpose)}});
    };
    const bool is_taken = !user.empty() && around_.checkers.run(
                                               Checkers::Lane::Strangers, user,
                                               [failed, user](Credentials& credentials) {
                                                   const auto found = credentials.identify(user, failed->purpose);
                                                   if (found && *found) failed->account = (*found)->account;
                                               },
                                               note);
    if (!is_taken) note();
}

void Logins::note_ban(const Exchange& exchange, const Ban& ban, clocks::Steady now) const {
    const auto network = ip::to_text(ban.network);
    around_.log.event(
        logs::Event::Warning,
        {{"reason",
          fmt::format("too many failed logins from {}, the last one by {} for {}: {} is banned for {} "
                      "(`hermod ban lift {}` ends it)",
                      exchange.began.client, sasl::name(exchange.mechanism), name_of(exchange.began.purpose), network,
                      config::to_text(std::chrono::ceil<std::chrono::seconds>(ban.until - now)), network)},
         {"client", exchange.began.client}});
}

void Logins::note_success(const Exchange& exchange, std::string_view account) const {
    around_.log.event(logs::Event::LoggedIn, {{"account", account},
                                              {"client", client_name(exchange.began.client)},
                                              {"mechanism", sasl::name(exchange.mechanism)},
                                              {"purpose", name_of(exchange.began.purpose)}});
}

// ---- later

void Logins::look_at(const std::string& account, std::uint64_t stamp, std::function<void(Standing)> tell) {
    auto standing = std::make_shared<Standing>(Standing::Unknown);  // of the job, then of what is done after it
    const bool is_taken = around_.checkers.run(
        Checkers::Lane::Members, account,
        [account, stamp, standing](Credentials& credentials) {
            const auto found = credentials.identify(account, Purpose::Submission);
            if (found) *standing = *found && (*found)->stamp == stamp ? Standing::Good : Standing::Gone;
        },
        [standing, tell] { tell(*standing); });
    if (!is_taken) tell(Standing::Unknown);
}

}  // namespace directory
