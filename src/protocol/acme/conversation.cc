#include "acme/conversation.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "acme/times.h"
#include "text/base64.h"
#include "url/url.h"

namespace acme {
namespace {

namespace json = boost::json;

constexpr unsigned most_repetitions = 10;  // of one request, for a stale nonce
constexpr unsigned most_polls = 60;        // of one authorization, or of the order
constexpr std::chrono::seconds standard_pause{2};
constexpr std::chrono::seconds longest_pause{60};

Error garbled(std::string detail) { return {.code = Error::Code::Garbled, .detail = std::move(detail)}; }

std::string contacts_and_terms(const Server& server) {
    json::object account;
    if (server.agrees_to_terms) account["termsOfServiceAgreed"] = true;
    if (!server.contact.empty()) account["contact"] = json::array(server.contact.begin(), server.contact.end());
    return json::serialize(account);
}

std::string order_for(const Issue& issue) {
    json::array identifiers;
    for (const auto& name : issue.names) identifiers.push_back({{"type", "dns"}, {"value", name}});
    return json::serialize(json::object{{"identifiers", std::move(identifiers)}});
}

bool is_success(unsigned status) { return status >= 200 && status < 300; }

}  // namespace

Conversation::Conversation(AccountKey key, Server server, std::variant<Issue, Revoke> goal)
    : key_(std::move(key)), server_(std::move(server)), goal_(std::move(goal)) {}

Step Conversation::begin() { return send(Method::Get, server_.directory, Awaited::Directory); }

Step Conversation::send(Method method, std::string url, Awaited awaited) {
    awaited_ = awaited;
    return Send{method, std::move(url), ""};
}

Step Conversation::post(std::string url, std::string payload, Awaited awaited) {
    address_ = std::move(url);
    payload_ = std::move(payload);
    after_nonce_ = awaited;
    repeated_ = 0;
    return repeat();
}

/// §7.2: a nonce is good for one request; where the last answer brought none, one is fetched.
Step Conversation::repeat() {
    if (nonce_.empty()) return send(Method::Head, directory_.new_nonce, Awaited::Nonce);
    awaited_ = after_nonce_;
    return Send{Method::Post, address_, signed_request(key_, account_, std::exchange(nonce_, {}), address_, payload_)};
}

Step Conversation::take(const Answer& answer) {
    // Hostile: it goes into a header; one that is none is as good as absent.
    if (is_nonce(answer.nonce)) nonce_ = answer.nonce;
    return is_success(answer.status) ? take_success(answer) : refused(answer);
}

Step Conversation::refused(const Answer& answer) {
    const auto problem = parse_problem(answer.body);
    if (problem && problem->type == "badNonce" && awaited_ == after_nonce_ && repeated_ < most_repetitions) {
        ++repeated_;
        return repeat();  // §6.5
    }
    if (problem && problem->type == "alreadyRevoked" && awaited_ == Awaited::Revocation) return Revoked{};
    // In the wild: the order is not ready although its authorizations are, for a moment.
    if (problem && problem->type == "orderNotReady" && awaited_ == Awaited::Order)
        return poll_later(answer, order_, Awaited::Order);
    return Error{.code = Error::Code::Refused,
                 .detail = problem ? to_text(*problem) : "status " + std::to_string(answer.status),
                 .retry_after = parse_retry_after(answer.retry_after, answer.received)};
}

Step Conversation::take_success(const Answer& answer) {
    switch (awaited_) {
        case Awaited::Directory: return take_directory(answer.body);
        case Awaited::Nonce:
            if (nonce_.empty()) return garbled("it brings no nonce");
            return repeat();
        case Awaited::Account: return take_account(answer);
        case Awaited::NewOrder: return take_new_order(answer);
        case Awaited::Authorization: return take_authorization(answer);
        case Awaited::Challenge: return poll_later(answer, authorizations_[current_], Awaited::Authorization);
        case Awaited::Order: return take_order(answer);
        case Awaited::Certificate: return take_certificate(answer);
        case Awaited::Revocation: return Revoked{};
    }
    std::unreachable();
}

Step Conversation::take_directory(std::string_view body) {
    auto directory = parse_directory(body);
    if (!directory) return std::move(directory).error();
    directory_ = *std::move(directory);
    if (directory_.requires_external_account) return Error{.code = Error::Code::AccountRequired, .detail = ""};
    if (!directory_.terms_of_service.empty() && !server_.agrees_to_terms)
        return Error{.code = Error::Code::TermsNotAgreed, .detail = directory_.terms_of_service};
    return post(directory_.new_account, contacts_and_terms(server_), Awaited::Account);
}

/// §7.3: the address of the account is who signs from now on. An account that exists already is found by its key.
Step Conversation::take_account(const Answer& answer) {
    const auto status = parse_account(answer.body);
    if (!status) return status.error();
    if (*status != Status::Valid) return Error{.code = Error::Code::Refused, .detail = "the account is not valid"};
    const auto address = url::parse(answer.location);
    if (!address || address->scheme != "https") return garbled("the account has no address of HTTPS");
    account_ = answer.location;
    if (const auto* revoke = std::get_if<Revoke>(&goal_))
        return post(directory_.revoke_certificate,
                    json::serialize(json::object{{"certificate", text::to_base64url(revoke->certificate)},
                                                 {"reason", revoke->reason}}),
                    Awaited::Revocation);
    return post(directory_.new_order, order_for(std::get<Issue>(goal_)), Awaited::NewOrder);
}

Step Conversation::take_new_order(const Answer& answer) {
    const auto address = url::parse(answer.location);
    if (!address || address->scheme != "https") return garbled("the order has no address of HTTPS");
    order_ = answer.location;
    auto order = parse_order(answer.body);
    if (!order) return std::move(order).error();
    authorizations_ = std::move(order->authorizations);
    current_ = 0;
    polls_ = 0;
    is_answered_ = false;
    return next_authorization();
}

Step Conversation::next_authorization() {
    if (current_ < authorizations_.size()) return post_as_get(authorizations_[current_], Awaited::Authorization);
    polls_ = 0;
    return post_as_get(order_, Awaited::Order);
}

Step Conversation::take_authorization(const Answer& answer) {
    const auto authorization = parse_authorization(answer.body);
    if (!authorization) return authorization.error();
    if (authorization->status == Status::Valid) {
        ++current_;
        polls_ = 0;
        is_answered_ = false;
        return next_authorization();
    }
    if (authorization->status == Status::Pending)
        return is_answered_ ? poll_later(answer, authorizations_[current_], Awaited::Authorization)
                            : answer_challenge(*authorization);
    std::string why = authorization->name;
    for (const auto& challenge : authorization->challenges)
        if (challenge.problem) why += ": " + to_text(*challenge.problem);
    return Error{.code = Error::Code::Invalid, .detail = std::move(why)};
}

Step Conversation::answer_challenge(const Authorization& authorization) {
    const Issue& issue = std::get<Issue>(goal_);
    // Hostile: only our own names are vouched for.
    const bool is_ours = std::ranges::any_of(issue.names, [&](const std::string& name) {
        return name == authorization.name || name == "*." + authorization.name;
    });
    if (!is_ours) return garbled("it wants to know about a name that nobody asked for");
    const auto found = std::ranges::find(authorization.challenges, issue.challenge, &Challenge::type);
    if (found == authorization.challenges.end())
        return Error{.code = Error::Code::NoChallenge,
                     .detail = authorization.name + ", " + std::string(name(issue.challenge))};
    challenge_ = found->url;
    return Prepare{found->type, authorization.name, found->token, key_authorization(key_, found->token)};
}

/// §7.1.6 and §7.4: from pending to ready, finalized, processing, valid.
Step Conversation::take_order(const Answer& answer) {
    const auto order = parse_order(answer.body);
    if (!order) return order.error();
    switch (order->status) {
        case Status::Ready: {
            if (++polls_ > most_polls) return Error{.code = Error::Code::NeverReady, .detail = "the order"};
            const std::string request = text::to_base64url(std::get<Issue>(goal_).request);
            return post(order->finalize, json::serialize(json::object{{"csr", request}}), Awaited::Order);
        }
        case Status::Pending:
        case Status::Processing: return poll_later(answer, order_, Awaited::Order);
        case Status::Valid: return post_as_get(order->certificate, Awaited::Certificate);
        default:
            return Error{.code = Error::Code::Invalid,
                         .detail = order->problem ? "the order: " + to_text(*order->problem) : "the order"};
    }
}

Step Conversation::take_certificate(const Answer& answer) const {
    if (const auto chain = parse_chain(answer.body); !chain) return chain.error();
    return Issued{answer.body};
}

Step Conversation::poll_later(const Answer& answer, std::string url, Awaited awaited) {
    if (++polls_ > most_polls)
        return Error{.code = Error::Code::NeverReady,
                     .detail = awaited == Awaited::Order ? "the order" : "an authorization"};
    address_ = std::move(url);
    payload_.clear();
    after_nonce_ = awaited;
    is_answered_ = true;
    const auto wished = parse_retry_after(answer.retry_after, answer.received).value_or(standard_pause);
    return Pause{std::clamp(wished, std::chrono::seconds(1), longest_pause)};
}

Step Conversation::proceed() {
    if (!challenge_.empty()) {
        is_answered_ = true;
        return post(std::exchange(challenge_, {}), "{}", Awaited::Challenge);  // §7.5.1
    }
    return post(std::string(address_), "", after_nonce_);
}

}  // namespace acme
