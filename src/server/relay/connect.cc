#include "relay/connect.h"

#include <utility>

namespace relay {

namespace {

Directions directions(const Means& means) {
    const auto& relay = means.config.relay;
    return {.ourselves = {.host_names = {means.config.hostname},
                          .addresses = relay.own_addresses,
                          .may_connect_to_loopback = relay.loopback_exchangers},
            .seed = means.random(),
            .exchanger_port = relay.port,
            .families = relay.families};
}

smtp::SenderSettings sender_settings(const Config& config, smtp::Protocol protocol, const TlsPolicy& policy) {
    return {.hostname = config.hostname,
            .protocol = protocol,
            .starttls = policy.starttls(),
            .transactions = config.relay.messages_per_connection};
}

// A host that will never take mail says 521 or 556 (RFC 7504), or refuses EHLO for good.
// In the wild: other 5yz greetings come from servers that are overloaded or half configured; they pass.
bool is_permanent(const smtp::Reply& reply, smtp::Stage stage) {
    if (!reply.is_permanent()) return false;
    return reply.code == 521 || reply.code == 556 || stage == smtp::Stage::Hello;
}

Trouble trouble_of(const Place& place, const Conversation& conversation) {
    Trouble trouble{.place = place};
    if (!conversation.unencrypted().empty()) {
        trouble.why = conversation.unencrypted();
        trouble.is_for_encryption = true;
        return trouble;
    }
    if (!conversation.not_logged_in().empty()) {
        trouble.why = conversation.not_logged_in();
        trouble.is_for_login = true;
        trouble.is_login_refused = conversation.is_login_refused();
        return trouble;
    }
    trouble.is_for_encryption = conversation.has_failed_to_encrypt();
    if (const auto* refusal = conversation.refusal()) {
        trouble.reply = *refusal;
        trouble.is_permanent = is_permanent(*refusal, *conversation.refused_at());
    } else {
        trouble.why = conversation.why_lost().empty() ? "the server closed the conversation" : conversation.why_lost();
    }
    return trouble;
}

void put_failed_last(std::vector<Place>& places, const Means& means) {
    const auto now = means.clock.steady();
    std::vector<Place> failed;
    for (const auto& place : places)
        if (means.failures.has(place, now)) failed.push_back(place);
    std::erase_if(places, [&](const Place& place) { return means.failures.has(place, now); });
    places.insert(places.end(), failed.begin(), failed.end());
}

using Attempted = std::variant<Opened, Trouble>;

constexpr const char* no_password = "there is no password to log in with: see the log of the last start or reload";

std::string text_of(const Conversation& conversation, const TlsPolicy& policy) {
    if (const auto* facts = conversation.encryption())
        return tls::to_text(*facts) + (facts->flaw.empty() ? ", verified" : ", not verified: " + facts->flaw);
    if (policy.use == site::RelayTls::Off) return {};
    return conversation.is_encryption_offered() ? "plain text, as STARTTLS was refused" : "plain text";
}

using LoginSettings = std::optional<smtp::LoginSettings>;

net::Task<Attempted> try_with(Place place, smtp::Protocol protocol, TlsPolicy policy, LoginSettings login,
                              Means& means) {
    auto connected = co_await means.connector.connect(place, means.config.relay.connect_timeout);
    if (!connected) co_return Trouble{.place = std::move(place), .why = std::move(connected.error())};
    Encryption encryption{
        .client = means.tls,
        .peer = {.name = policy.name,
                 .session_key = policy.session_key,
                 .demand = policy.use == site::RelayTls::Verified ? tls::Demand::Proof : tls::Demand::Encryption},
        .is_implicit = policy.is_implicit};
    auto settings = sender_settings(means.config, protocol, policy);
    settings.login = std::move(login);
    if (settings.login) settings.login->nonce = means.nonce();
    auto conversation = std::make_shared<Conversation>(std::move(*connected), std::move(settings),
                                                       std::move(encryption), means.config.relay, means.clock);
    if (!co_await conversation->open()) co_return trouble_of(place, *conversation);
    auto tls = text_of(*conversation, policy);
    co_return Opened{std::move(place), std::move(conversation), std::move(tls)};
}

// Where there is no agreement on encryption, and none is demanded, the same place is called again at once, and spoken
// to in the clear: whoever could prevent the agreement could have hidden the offer, too.
net::Task<Attempted> try_place(Place place, Destination destination, Means& means) {
    auto policy = tls_policy_for(destination, place, means.config.relay);
    if (!means.tls && policy.may_go_plain()) policy = policy.without();
    const auto protocol = protocol_of(destination);
    LoginSettings login;
    if (!user_of(destination).empty()) {
        login = means.credentials.find(destination);
        if (!login) co_return Trouble{.place = std::move(place), .why = no_password, .is_for_login = true};
    }
    auto attempted = co_await try_with(place, protocol, policy, login, means);
    const auto* trouble = std::get_if<Trouble>(&attempted);
    if (!trouble || !trouble->is_for_encryption || !policy.may_go_plain()) co_return attempted;
    const std::string why = trouble->why;
    auto in_the_clear = co_await try_with(std::move(place), protocol, policy.without(), std::move(login), means);
    if (auto* opened = std::get_if<Opened>(&in_the_clear)) opened->tls = "plain text, after: " + why;
    co_return in_the_clear;
}

}  // namespace

void RecentFailures::note(const Place& place, clocks::Steady now) {
    if (until_.size() >= most) forget_old(now);
    if (until_.size() < most) until_[place.where] = now + remembered;
}

bool RecentFailures::has(const Place& place, clocks::Steady now) const {
    const auto found = until_.find(place.where);
    return found != until_.end() && found->second > now;
}

void RecentFailures::forget_old(clocks::Steady now) {
    std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
}

net::Task<Search> open_conversation(Destination destination, Means& means) {
    auto route = co_await find_route(destination, directions(means), means.resolver);
    if (!route) co_return no_route(route.error());
    put_failed_last(*route, means);
    if (route->size() > means.config.relay.hosts_tried) route->resize(means.config.relay.hosts_tried);
    const auto begun = means.clock.steady();
    std::vector<Trouble> troubles;
    for (auto& place : *route) {
        auto attempted = co_await try_place(place, destination, means);
        const auto now = means.clock.steady();
        if (auto* opened = std::get_if<Opened>(&attempted)) {
            means.failures.forget(place);
            co_return std::move(*opened);
        }
        means.failures.note(place, now);
        troubles.push_back(std::move(std::get<Trouble>(attempted)));
        if (troubles.back().is_login_refused) break;
        if (now - begun > longest_search) break;
    }
    co_return unreachable(troubles);
}

}  // namespace relay
