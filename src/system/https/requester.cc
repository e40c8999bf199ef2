#include "https/requester.h"

#include <fmt/format.h>

#include <optional>

#include "dns/name.h"
#include "net/connect.h"

namespace https {
namespace {

// RFC 6761 §6.3: no server is asked for "localhost".
std::vector<ip::Address> known_addresses(const std::string& host) {
    if (const auto address = ip::parse_address(host)) return {*address};
    if (host == "localhost") return {*ip::parse_address("127.0.0.1"), *ip::parse_address("::1")};
    return {};
}

}  // namespace

net::Task<std::expected<std::vector<ip::Address>, std::string>> Requester::look_up(std::string host) {
    auto addresses = known_addresses(host);
    if (!addresses.empty()) co_return addresses;
    const auto name = dns::parse_name(host);
    if (!name) co_return std::unexpected(fmt::format("{} is no name of a host", host));
    std::string why = fmt::format("{} has no address", host);
    for (const auto type : {dns::Type::Aaaa, dns::Type::A}) {
        const dns::Question question{*name, type};
        const auto answer = co_await resolver_.ask(question);
        if (!answer.is_usable()) why = fmt::format("cannot look up {}: {}", host, answer.reason);
        for (const auto& record : answer.records)
            if (const auto* found = std::get_if<dns::Host>(&record.value)) addresses.push_back(found->address);
    }
    if (addresses.empty()) co_return std::unexpected(why);
    if (addresses.size() > patience_.most_addresses) addresses.resize(patience_.most_addresses);
    co_return addresses;
}

net::Task<Requester::Outcome> Requester::ask_at(ip::Endpoint place, url::Url to, http::Request request,
                                                http::Limits limits) {
    const std::string where = fmt::format("{} [{}]", url::authority(to), ip::to_text(place.address));
    auto connected = co_await net::connect(context_, place, patience_.to_connect);
    if (!connected) co_return std::unexpected(fmt::format("{}: {}", where, connected.error().text));
    net::SocketStream& socket = **connected;
    socket.set_deadline(patience_.to_answer);
    socket.set_timeout(patience_.to_answer);
    std::string why;
    try {
        const tls::Peer peer{.name = to.host, .session_key = where, .demand = tls::Demand::Proof};
        const auto stream = issuers_->stream(socket, peer);
        co_await stream->handshake();
        auto response = co_await http::exchange(*stream, std::move(request), limits);
        if (response) co_return *std::move(response);
        why = response.error();
    } catch (const net::Gone& gone) {
        why = gone.what();
    }
    co_return std::unexpected(fmt::format("{}: {}", where, why));
}

net::Task<Requester::Outcome> Requester::ask(std::string address, http::Request request, http::Limits limits) {
    const auto to = url::parse(address);
    if (!to || to->scheme != "https") co_return std::unexpected("no address of HTTPS");
    request.host = url::authority(*to);
    request.target = to->target;
    const auto addresses = co_await look_up(to->host);
    if (!addresses) co_return std::unexpected(addresses.error());
    std::string why;
    for (const ip::Address& one : *addresses) {
        const ip::Endpoint place{one, to->port};
        auto outcome = co_await ask_at(place, *to, request, limits);
        if (outcome) co_return *std::move(outcome);
        why += (why.empty() ? "" : "; ") + outcome.error();
    }
    co_return std::unexpected(why);
}

}  // namespace https
