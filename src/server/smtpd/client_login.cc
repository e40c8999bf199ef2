#include "smtpd/client_login.h"

#include <utility>

namespace smtpd {
namespace {

using Outcome = directory::LoginStep::Outcome;

smtp::Reply reply_to(Outcome outcome) {
    switch (outcome) {
        case Outcome::Challenge:
        case Outcome::Success: return {235, "2.7.0", "Welcome"};
        case Outcome::Rejected: return {535, "5.7.8", "The user is unknown, or the password wrong"};
        case Outcome::Malformed: return {501, "5.5.2", "That is not what this mechanism says"};
        case Outcome::NotOffered: return {504, "5.5.4", "This mechanism is not offered here"};
        case Outcome::Banned: return {421, "4.7.0", "Too many failed logins from your network; try again later"};
        case Outcome::Later: break;
    }
    return {454, "4.7.0", "Nobody can be let in at the moment; try again"};
}

}  // namespace

std::vector<std::string> ClientLogin::names(sasl::Connection connection) const {
    std::vector<std::string> offered;
    for (const auto mechanism : settings_.mechanisms)
        if (site::offers(settings_, mechanism, connection)) offered.emplace_back(sasl::name(mechanism));
    return offered;
}

// Where there is TLS nobody is asked to log in without (RFC 8314 §3.3).
smtp::Authentication ClientLogin::on_connection(const tls::Stream* secure) {
    give_up();
    account_.clear();
    is_encrypted_ = secure != nullptr;
    channel_ = secure ? secure->channel_binding().value_or("") : "";
    certificate_ = secure ? secure->facts().client : "";
    smtp::Authentication made;
    if (offer_ == Offer::None) return made;
    made.is_required = offer_ == Offer::Required;
    const bool waits_for_tls = !secure && encryption_ != smtp::Encryption::None;
    if (!waits_for_tls)
        made.offered = names({.is_encrypted = is_encrypted_,
                              .has_channel = !channel_.empty(),
                              .has_certificate = !certificate_.empty()});
    if (!secure) made.if_encrypted = names({.is_encrypted = true, .has_channel = true});
    return made;
}

net::Task<smtp::LoginStep> ClientLogin::begin(smtp::AskLogin ask, std::string client) {
    attempt_.emplace(desk_);
    auto step = co_await attempt_->begin({.ticket = 0,
                                          .mechanism = std::move(ask.mechanism),
                                          .purpose = directory::Purpose::Submission,
                                          .client = std::move(client),
                                          .is_encrypted = is_encrypted_,
                                          .channel = channel_,
                                          .certificate = certificate_,
                                          .initial = std::move(ask.initial)});
    co_return take(std::move(step));
}

net::Task<smtp::LoginStep> ClientLogin::go_on(std::string response) {
    auto step = co_await attempt_->answer(std::move(response));
    co_return take(std::move(step));
}

smtp::LoginStep ClientLogin::take(directory::LoginStep step) {
    if (step.outcome == Outcome::Challenge) return {.challenge = std::move(step.octets)};
    if (step.outcome == Outcome::Success) {
        account_ = std::move(step.account);
        address_ = std::move(step.address);
        stamp_ = step.stamp;
    }
    return {.challenge = std::nullopt, .reply = reply_to(step.outcome)};
}

net::Task<smtp::Reply> ClientLogin::may_send(std::vector<std::string> addresses, std::uint32_t recipients) {
    auto verdict = co_await desk_.may_send({.ticket = 0,
                                            .account = account_,
                                            .stamp = stamp_,
                                            .addresses = std::move(addresses),
                                            .recipients = recipients});
    co_return std::move(verdict.reply);
}

}  // namespace smtpd
