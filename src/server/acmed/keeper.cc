#include "acmed/keeper.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "acme/times.h"
#include "crypto/certify.h"
#include "crypto/digest.h"
#include "text/ascii.h"
#include "tls/certificate.h"

namespace acmed {
namespace {

// The clock on the wall may be set while we sleep.
constexpr std::chrono::seconds longest_sleep = std::chrono::hours(1);
constexpr unsigned superseded = 4;  // RFC 5280 §5.3.1

acme::Error trouble_with(std::string what) { return {.code = acme::Error::Code::Garbled, .detail = std::move(what)}; }

std::int64_t milliseconds(std::chrono::sys_seconds time) { return time.time_since_epoch().count() * 1000; }

std::string text_of(std::chrono::sys_seconds time) { return fmt::format("{:%Y-%m-%d %H:%M} UTC", time); }

}  // namespace

Keeper::Keeper(Means means, Config config)
    : means_(std::move(means)), config_(std::move(config)), timer_(means_.context) {}

void Keeper::begin() {
    look();
    schedule();
}

void Keeper::replace(Config config) {
    const bool wants_another =
        config.acme.names != config_.acme.names || config.acme.directory != config_.acme.directory;
    config_ = std::move(config);
    if (wants_another) not_earlier_ = {};
    schedule();
}

void Keeper::look() { live_ = read_live(); }

std::optional<Keeper::Live> Keeper::read_live() {
    const auto pair = means_.folder.live();
    if (!pair) means_.log.event(logs::Event::Alert, {{"reason", pair.error()}});
    if (!pair || !*pair) return std::nullopt;
    const auto certificate = tls::Certificate::parse((*pair)->certificate);
    if (!certificate) return std::nullopt;
    return Live{certificate->names(), certificate->not_before(), certificate->not_after(), (*pair)->source,
                (*pair)->certificate};
}

std::chrono::sys_seconds Keeper::now() const { return std::chrono::floor<std::chrono::seconds>(means_.clock.wall()); }

std::vector<std::string> Keeper::names() const {
    return config_.acme.names.empty() ? std::vector{text::lower(config_.hostname)} : config_.acme.names;
}

/// It is for all our names, and of the authority that the configuration names.
bool Keeper::is_fit() const {
    if (!live_ || live_->source != config_.acme.directory) return false;
    return std::ranges::all_of(names(), [&](const auto& name) { return std::ranges::count(live_->names, name) > 0; });
}

std::chrono::sys_seconds Keeper::due() const {
    return is_fit() ? acme::renewal_time(live_->not_before, live_->not_after) : std::chrono::sys_seconds();
}

void Keeper::schedule() {
    const auto at = std::max(due(), not_earlier_);
    if (is_at_work_) return;
    if (at <= now()) return start(Work::Issue);
    timer_.expires_after(std::min<std::chrono::seconds>(at - now(), longest_sleep));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) schedule();
    });
}

void Keeper::take(const Order& order) {
    if (order.verb == Verb::Status) return means_.to_admind(state(order.ticket));
    if (order.verb > Verb::Revoke) return answer(order.ticket, false, "there is no such order");  // Hostile
    if (order.verb == Verb::Issue && !is_at_work_ && is_fit() && due() > now())
        return answer(order.ticket, true,
                      fmt::format("the certificate is good until {}; it is renewed on {}", text_of(live_->not_after),
                                  text_of(due())));
    if (is_at_work_ && order.verb == Verb::Revoke)
        return answer(order.ticket, false, "a certificate is being issued at the moment; try again");
    if (order.verb == Verb::Revoke && (!live_ || live_->source != config_.acme.directory))
        return answer(order.ticket, false, "there is no certificate of this authority");
    waiting_.push_back(order.ticket);
    if (!is_at_work_) start(order.verb == Verb::Revoke ? Work::RevokeAndIssue : Work::Issue);
}

void Keeper::start(Work work) {
    is_at_work_ = true;
    timer_.cancel();
    boost::asio::co_spawn(means_.context, carry_out(work), boost::asio::detached);
}

net::Task<void> Keeper::carry_out(Work work) {
    std::string done;
    Failure failure;
    if (work == Work::RevokeAndIssue) {
        failure = co_await revoke();
        if (!failure) done = "revoked; ";
    }
    if (!failure) failure = co_await issue();
    finish(failure, std::move(done));
}

std::expected<acme::AccountKey, std::string> Keeper::account_key() {
    auto kept = means_.folder.account_key();
    if (!kept) return std::unexpected(kept.error());
    if (*kept) {
        const auto key = crypto::SigningKey::parse(**kept);
        crypto::wipe(**kept);
        if (!key) return std::unexpected("account.pem " + key.error());
        return acme::account_key(*key);
    }
    const auto key = crypto::SigningKey::make(crypto::SigningKey::Kind::P256);
    std::string pem = key.to_pem();
    const auto written = means_.folder.keep_account_key(pem);
    crypto::wipe(pem);
    if (!written) return std::unexpected(written.error());
    return acme::account_key(key);
}

acme::Server Keeper::server() const {
    acme::Server server{
        .directory = config_.acme.directory, .contact = {}, .agrees_to_terms = config_.acme.agree_terms};
    for (const auto& address : config_.acme.contact) server.contact.push_back("mailto:" + address);
    return server;
}

net::Task<Keeper::Failure> Keeper::issue() {
    auto account = account_key();
    if (!account) co_return trouble_with(account.error());
    const auto kind =
        config_.acme.key == site::CertificateKey::P256 ? crypto::SigningKey::Kind::P256 : crypto::SigningKey::Kind::Rsa;
    const auto key = crypto::SigningKey::make(kind);
    acme::Issue wish{names(), crypto::certificate_request(key, names()), config_.acme.challenge};
    acme::Conversation conversation(*std::move(account), server(), std::move(wish));
    const auto end = co_await means_.business.carry_out(std::move(conversation));
    if (const auto* issued = std::get_if<acme::Issued>(&end)) co_return keep(issued->chain, key);
    co_return std::get<acme::Error>(end);
}

net::Task<Keeper::Failure> Keeper::revoke() {
    auto account = account_key();
    if (!account) co_return trouble_with(account.error());
    const auto chain = acme::parse_chain(live_->pem);
    if (!chain) co_return chain.error();
    acme::Revoke wish{chain->front(), superseded};
    acme::Conversation conversation(*std::move(account), server(), std::move(wish));
    const auto end = co_await means_.business.carry_out(std::move(conversation));
    if (const auto* error = std::get_if<acme::Error>(&end)) co_return *error;
    means_.log.event(logs::Event::CertificateRevoked, {{"names", fmt::format("{}", fmt::join(live_->names, ", "))}});
    co_return std::nullopt;
}

/// Hostile: what the authority sends is taken into use only if it is what was asked for.
Keeper::Failure Keeper::keep(const std::string& chain, const crypto::SigningKey& key) {
    std::string pem = key.to_pem();
    const auto certificate = tls::Certificate::parse(chain);
    const auto private_key = tls::PrivateKey::parse(pem);
    const auto wanted = names();
    Failure failure;
    if (!certificate || !private_key || certificate->key() != private_key->id())
        failure = trouble_with("the certificate is not for our key");
    else if (!std::ranges::all_of(wanted, [&](const auto& name) { return certificate->covers(name); }))
        failure = trouble_with("the certificate is not for our names");
    else if (certificate->not_after() <= now())
        failure = trouble_with("the certificate is out of date already");
    else if (const auto written = means_.folder.replace({chain, pem, config_.acme.directory}); !written)
        failure = trouble_with(written.error());
    crypto::wipe(pem);
    return failure;
}

void Keeper::finish(const Failure& failure, std::string text) {
    is_at_work_ = false;
    if (failure) {
        const auto wait = acme::wait_after_failure(++failures_, failure->retry_after);
        not_earlier_ = now() + wait;
        trouble_ = acme::to_text(*failure);
        means_.log.event(logs::Event::CertificateFailed, {{"reason", trouble_}, {"due", text_of(not_earlier_)}});
        text += trouble_;
    } else {
        failures_ = 0;
        trouble_.clear();
        look();
        // Hostile, or a clock that is wrong: one that is due when it comes is not fetched again and again.
        not_earlier_ = now() + std::chrono::hours(1);
        text += fmt::format("issued, good until {}", live_ ? text_of(live_->not_after) : "?");
        if (live_)
            means_.log.event(
                logs::Event::CertificateIssued,
                {{"names", fmt::format("{}", fmt::join(live_->names, ", "))}, {"until", text_of(live_->not_after)}});
        means_.take_into_use();
    }
    for (const auto ticket : std::exchange(waiting_, {})) answer(ticket, !failure, text);
    schedule();
}

void Keeper::answer(std::uint64_t ticket, bool done, std::string text) {
    means_.to_admind(admind::Answer{.ticket = ticket, .done = done, .text = std::move(text)});
}

admind::CertificateState Keeper::state(std::uint64_t ticket) const {
    admind::CertificateState state{.ticket = ticket,
                                   .directory = config_.acme.directory,
                                   .wanted = names(),
                                   .is_fit = is_fit(),
                                   .is_at_work = is_at_work_,
                                   .failures = failures_,
                                   .trouble = trouble_};
    if (!is_at_work_) state.next = milliseconds(std::max(due(), not_earlier_));
    if (!live_) return state;
    state.names = live_->names;
    state.source = live_->source;
    state.not_before = milliseconds(live_->not_before);
    state.not_after = milliseconds(live_->not_after);
    return state;
}

}  // namespace acmed
