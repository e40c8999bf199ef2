#include "relay/route.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "lang/overloaded.h"

namespace relay {

namespace asio = boost::asio;

namespace {

/// Several questions at once. Shared by the one who waits and by the questions, which may outlive him when the process
/// stops. The timer never runs out: it is there to be cancelled.
struct Questions {
    explicit Questions(const asio::any_io_executor& executor)
        : all_answered(executor, asio::steady_timer::time_point::max()) {}

    asio::steady_timer all_answered;
    std::vector<dns::Question> questions;
    std::vector<dns::Answer> answers;
    std::size_t open = 0;
};

net::Task<void> ask_one(std::shared_ptr<Questions> all, std::size_t index, resolver::Resolver& resolver) {
    all->answers[index] = co_await resolver.ask(all->questions[index]);
    if (--all->open == 0) all->all_answered.cancel();
}

net::Task<std::vector<dns::Answer>> ask(std::vector<dns::Question> questions, resolver::Resolver& resolver) {
    std::vector<dns::Answer> answers(questions.size());
    if (questions.size() == 1) {
        answers[0] = co_await resolver.ask(std::move(questions[0]));
        co_return answers;
    }
    const auto executor = co_await asio::this_coro::executor;
    auto all = std::make_shared<Questions>(executor);
    all->open = questions.size();
    all->questions = std::move(questions);
    all->answers = std::move(answers);
    for (std::size_t i = 0; i < all->questions.size(); ++i)
        asio::co_spawn(executor, ask_one(all, i, resolver), asio::detached);
    if (all->open > 0) co_await all->all_answered.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::move(all->answers);
}

net::Task<Route> by_mx(ByMx destination, Directions directions, resolver::Resolver& resolver) {
    dns::Exchangers exchangers(destination.domain, std::move(directions.ourselves), directions.seed);
    while (!exchangers.is_done()) {
        const auto questions = exchangers.questions();
        const auto answers = co_await ask(questions, resolver);
        for (std::size_t i = 0; i < questions.size(); ++i) exchangers.answer(questions[i], answers[i]);
    }
    if (const auto* no_route = exchangers.no_route()) co_return std::unexpected(*no_route);
    std::vector<Place> places;
    for (const auto& exchanger : *exchangers.hosts()) {
        std::string host = exchanger.host.starts_with('[') ? std::string() : exchanger.host;
        places.push_back(
            {std::move(host), ip::Endpoint{exchanger.address, directions.exchanger_port}, exchanger.preference});
    }
    co_return places;
}

// RFC 6761 §6.3: no server is asked for "localhost".
std::vector<ip::Address> known_addresses(const std::string& host) {
    if (const auto address = ip::parse_address(host)) return {*address};
    if (host == "localhost") return {*ip::parse_address("127.0.0.1"), *ip::parse_address("::1")};
    return {};
}

// A host that an administrator wrote down. Never a permanent failure: a slip of the pen there is no reason to bounce.
dns::NoRoute no_such_host(const std::string& host, const std::vector<dns::Answer>& answers) {
    for (const auto& answer : answers)
        if (!answer.is_usable())
            return {451, "4.4.3",
                    fmt::format("Cannot look up {}: {}", host,
                                answer.reason.empty() ? dns::describe(answer.outcome) : answer.reason)};
    return {451, "4.4.4", fmt::format("The next hop {} has no address", host)};
}

net::Task<Route> by_host(ByHost destination, resolver::Resolver& resolver) {
    auto addresses = known_addresses(destination.host);
    const std::string host = ip::parse_address(destination.host) ? std::string() : destination.host;
    if (addresses.empty()) {
        const auto name = dns::parse_name(destination.host);
        if (!name) co_return std::unexpected(dns::NoRoute{451, "4.3.5", fmt::format("{} is no name of a host", host)});
        std::vector<dns::Question> questions{{*name, dns::Type::Aaaa}, {*name, dns::Type::A}};
        const auto answers = co_await ask(std::move(questions), resolver);
        for (const auto& answer : answers)
            for (const auto& record : answer.records)
                if (const auto* found = std::get_if<dns::Host>(&record.value)) addresses.push_back(found->address);
        if (addresses.empty()) co_return std::unexpected(no_such_host(host, answers));
        if (addresses.size() > dns::most_exchanger_addresses) addresses.resize(dns::most_exchanger_addresses);
    }
    std::vector<Place> places;
    for (const auto& address : addresses) places.push_back({host, ip::Endpoint{address, destination.port}, 0});
    co_return places;
}

Route to_socket(BySocket destination) { return std::vector<Place>{Place{{}, std::move(destination.path), 0}}; }

Route of_families(Route route, site::AddressFamilies families) {
    if (!route || families == site::AddressFamilies::Both) return route;
    const bool wants_v4 = families == site::AddressFamilies::V4;
    std::erase_if(*route, [wants_v4](const Place& place) {
        return std::get<ip::Endpoint>(place.where).address.is_v4() != wants_v4;
    });
    if (!route->empty()) return route;
    return std::unexpected(dns::NoRoute{451, "4.4.4", "None of the hosts has an address of the kind we may use"});
}

}  // namespace

std::string to_text(const Place& place) {
    if (const auto* path = std::get_if<std::string>(&place.where)) return *path;
    const auto& endpoint = std::get<ip::Endpoint>(place.where);
    return fmt::format("{}[{}]:{}", place.host, ip::to_text(endpoint.address), endpoint.port);
}

net::Task<Route> find_route(Destination destination, Directions directions, resolver::Resolver& resolver) {
    if (auto* socket = std::get_if<BySocket>(&destination)) co_return to_socket(std::move(*socket));
    const auto families = directions.families;
    if (auto* host = std::get_if<ByHost>(&destination))
        co_return of_families(co_await by_host(std::move(*host), resolver), families);
    auto& mx = std::get<ByMx>(destination);
    co_return of_families(co_await by_mx(std::move(mx), std::move(directions), resolver), families);
}

}  // namespace relay
