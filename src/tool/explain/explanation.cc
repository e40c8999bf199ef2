#include "explain/explanation.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace explain {
namespace {

using Kind = addressing::Delivery::Kind;

std::string destination(const directory::Resolver& resolver, const std::vector<qmgr::Route>& routes,
                        const addressing::Delivery& delivery) {
    const auto address = smtp::to_text(delivery.address);
    if (delivery.kind == Kind::Relay)
        return qmgr::destination_of({.smtp = {.address = address}, .transport = spool::Transport::Relay}, routes);
    if (delivery.kind != Kind::Mailbox) return delivery.text;
    const auto mailbox = resolver.find({.ticket = 0, .address = address});
    return mailbox.path.empty() ? mailbox.home : mailbox.home + "/" + mailbox.path;
}

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::Mailbox: return "mailbox";
        case Kind::Relay: return "relay";
        case Kind::Program: return "program";
        case Kind::File: return "file";
        case Kind::Folder: return "folder";
        case Kind::Nobody: break;
    }
    return "nobody";
}

std::string in_brackets(const addressing::Place& place) {
    return place.file.empty() ? "" : fmt::format("  [{}]", to_text(place));
}

}  // namespace

Explanation explain(const directory::Resolver& resolver, const std::vector<qmgr::Route>& routes,
                    const smtp::Mailbox& address, bool may_relay) {
    Explanation explanation{
        .address = smtp::to_text(address), .resolution = resolver.explain(address), .destinations = {}};
    auto& resolution = explanation.resolution;
    if (!address.domain.empty()) {
        // What the client hears is directory's word.
        resolution.reply =
            resolver.resolve({.ticket = 0, .address = explanation.address, .may_relay = may_relay}).reply;
        if (!resolution.reply.is_positive()) resolution.deliveries.clear();
    }
    for (const auto& delivery : resolution.deliveries)
        explanation.destinations.push_back(destination(resolver, routes, delivery));
    return explanation;
}

std::string to_text(const Explanation& explanation) {
    const auto& [steps, rounds, deliveries, reply, is_foreign] = explanation.resolution;
    std::string text = explanation.address + "\n";
    for (const auto& step : steps)
        text += fmt::format("  {}: {}{}\n", step.address, step.finding, in_brackets(step.place));
    text += fmt::format("At RCPT: {} {} {}\n", reply.code, reply.enhanced, reply.text);
    for (std::size_t i = 0; i < deliveries.size(); ++i)
        text += fmt::format("{} {}{}{}\n", name_of(deliveries[i].kind), smtp::to_text(deliveries[i].address),
                            explanation.destinations[i].empty() ? "" : " → ", explanation.destinations[i]);
    return text;
}

std::string to_json(const Explanation& explanation) {
    namespace json = boost::json;
    const auto& resolution = explanation.resolution;
    json::array steps;
    for (const auto& step : resolution.steps)
        steps.push_back({{"address", step.address},
                         {"finding", step.finding},
                         {"file", step.place.file},
                         {"line", step.place.line}});
    json::array deliveries;
    for (std::size_t i = 0; i < resolution.deliveries.size(); ++i) {
        const auto& delivery = resolution.deliveries[i];
        deliveries.push_back({{"kind", std::string(name_of(delivery.kind))},
                              {"address", smtp::to_text(delivery.address)},
                              {"destination", explanation.destinations[i]}});
    }
    const auto& reply = resolution.reply;
    return json::serialize(
        json::object{{"address", explanation.address},
                     {"accepted", reply.is_positive()},
                     {"reply", {{"code", reply.code}, {"enhanced", reply.enhanced}, {"text", reply.text}}},
                     {"steps", std::move(steps)},
                     {"deliveries", std::move(deliveries)}});
}

}  // namespace explain
