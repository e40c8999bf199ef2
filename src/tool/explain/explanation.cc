#include "explain/explanation.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace explain {
namespace {

using Kind = addressing::Delivery::Kind;

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

/// Of a delivery: the sender that goes with it, where that is another.
std::string sender_of(const Explanation& explanation, std::size_t delivery) {
    const auto& own = explanation.resolution.deliveries[delivery].sender;
    const bool is_rewritten =
        explanation.sending_on && explanation.sending_on->is_rewritten && explanation.sent_on[delivery];
    return own.empty() && is_rewritten ? explanation.rewritten : own;
}

/// "  its sender becomes SRS0=… because SPF of example.net gives fail (all) for 192.0.2.1".
std::string words_on_sender(const Explanation& explanation, std::size_t delivery) {
    if (!explanation.sending_on || !explanation.sent_on[delivery]) return {};
    const auto& [is_rewritten, because] = *explanation.sending_on;
    if (!is_rewritten) return fmt::format("  its sender stays as it is: {}\n", because);
    if (explanation.rewritten.empty())
        return fmt::format("  its sender would be rewritten, and cannot be: {}\n", because);
    return fmt::format("  its sender would be rewritten to {}: {}\n", explanation.rewritten, because);
}

}  // namespace

Explanation explain(const smtp::Mailbox& address, directory::Explanation explained,
                    const std::vector<qmgr::Route>& routes) {
    Explanation explanation{.address = smtp::to_text(address),
                            .resolution = std::move(explained.resolution),
                            .destinations = std::move(explained.mailboxes),
                            .sent_on = std::move(explained.sent_on),
                            .rewritten = std::move(explained.rewritten),
                            .sending_on = {}};
    for (std::size_t i = 0; i < explanation.destinations.size(); ++i) {
        const auto& delivery = explanation.resolution.deliveries[i];
        auto& destination = explanation.destinations[i];
        if (delivery.kind == Kind::Relay)
            destination = qmgr::destination_of(
                {.smtp = {.address = smtp::to_text(delivery.address)}, .transport = spool::Transport::Relay}, routes);
        else if (destination.empty())
            destination = delivery.text;
    }
    return explanation;
}

std::string to_text(const Explanation& explanation) {
    const auto& steps = explanation.resolution.steps;
    const auto& deliveries = explanation.resolution.deliveries;
    const auto& reply = explanation.resolution.reply;
    std::string text = explanation.address + "\n";
    for (const auto& step : steps)
        text += fmt::format("  {}: {}{}\n", step.address, step.finding, in_brackets(step.place));
    text += fmt::format("At RCPT: {} {} {}\n", reply.code, reply.enhanced, reply.text);
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        text += fmt::format("{} {}{}{}{}\n", name_of(deliveries[i].kind), smtp::to_text(deliveries[i].address),
                            explanation.destinations[i].empty() ? "" : " → ", explanation.destinations[i],
                            deliveries[i].sender.empty() ? "" : ", from " + deliveries[i].sender);
        text += words_on_sender(explanation, i);
    }
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
                              {"destination", explanation.destinations[i]},
                              {"sender", sender_of(explanation, i)}});
        if (explanation.sending_on && explanation.sent_on[i])
            deliveries.back().as_object()["because"] = explanation.sending_on->because;
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
