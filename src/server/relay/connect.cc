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

smtp::SenderSettings sender_settings(const Config& config, smtp::Protocol protocol) {
    return {.hostname = config.hostname, .protocol = protocol, .transactions = config.relay.messages_per_connection};
}

// A host that will never take mail says 521 or 556 (RFC 7504), or refuses EHLO for good.
// In the wild: other 5yz greetings come from servers that are overloaded or half configured; they pass.
bool is_permanent(const smtp::Reply& reply, smtp::Stage stage) {
    if (!reply.is_permanent()) return false;
    return reply.code == 521 || reply.code == 556 || stage == smtp::Stage::Hello;
}

Trouble trouble_of(const Place& place, const Conversation& conversation) {
    Trouble trouble{.place = place};
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

using Attempted = std::variant<std::shared_ptr<Conversation>, Trouble>;

net::Task<Attempted> try_place(Place place, smtp::Protocol protocol, Means& means) {
    auto connected = co_await means.connector.connect(place, means.config.relay.connect_timeout);
    if (!connected) co_return Trouble{.place = std::move(place), .why = std::move(connected.error())};
    auto conversation = std::make_shared<Conversation>(std::move(*connected), sender_settings(means.config, protocol),
                                                       means.config.relay, means.clock);
    if (co_await conversation->open()) co_return conversation;
    co_return trouble_of(place, *conversation);
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
        auto attempted = co_await try_place(place, protocol_of(destination), means);
        const auto now = means.clock.steady();
        if (auto* conversation = std::get_if<std::shared_ptr<Conversation>>(&attempted)) {
            means.failures.forget(place);
            co_return Opened{std::move(place), std::move(*conversation)};
        }
        means.failures.note(place, now);
        troubles.push_back(std::move(std::get<Trouble>(attempted)));
        if (now - begun > longest_search) break;
    }
    co_return unreachable(troubles);
}

}  // namespace relay
