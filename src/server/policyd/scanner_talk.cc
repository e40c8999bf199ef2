#include "policyd/scanner_talk.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "dns/name.h"
#include "ip/address.h"
#include "net/connect.h"
#include "policyd/lookups.h"

namespace policyd {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_addresses = 4;
constexpr std::chrono::milliseconds longest_connect = 5s;

std::chrono::milliseconds left(const ContentScene& scene) {
    const auto rest = scene.until - scene.clock.steady();
    return std::max(1ms, std::chrono::duration_cast<std::chrono::milliseconds>(rest));
}

net::Task<std::vector<ip::Address>> addresses_of(const ContentScene& scene, std::string host) {
    if (const auto address = ip::parse_address(host)) co_return std::vector{*address};
    if (host == "localhost") co_return std::vector{*ip::parse_address("127.0.0.1"), *ip::parse_address("::1")};
    std::vector<ip::Address> found;
    const auto name = dns::parse_name(host);
    if (!name) co_return found;
    for (const auto type : {dns::Type::A, dns::Type::Aaaa}) {
        const auto answer = co_await ask_until(scene.resolver, {*name, type}, scene.until);
        for (const auto& record : answer.records)
            if (const auto* one = std::get_if<dns::Host>(&record.value))
                if (found.size() < most_addresses) found.push_back(one->address);
    }
    co_return found;
}

}  // namespace

net::Task<std::expected<std::unique_ptr<net::Stream>, std::string>> connect_to(const ContentScene& scene,
                                                                               const site::Scanner& scanner) {
    const auto executor = co_await boost::asio::this_coro::executor;
    auto& context = static_cast<boost::asio::io_context&>(executor.context());
    const auto place = site::parse_scanner_place(scanner.address);
    if (!place) co_return std::unexpected("its address cannot be used");
    net::Connected connected = std::unexpected(net::ConnectFailure{0, "its host has no address"});
    if (!place->path.empty()) {
        connected = co_await net::connect_local(context, place->path, std::min(longest_connect, left(scene)));
    } else {
        for (const auto& address : co_await addresses_of(scene, place->host)) {
            connected = co_await net::connect(context, {address, place->port}, std::min(longest_connect, left(scene)));
            if (connected) break;
        }
    }
    if (!connected) co_return std::unexpected(connected.error().text);
    (*connected)->set_deadline(left(scene));
    co_return std::move(*connected);
}

net::Task<void> say(Talk talk, std::string_view octets) {
    talk.stream.set_timeout(left(talk.scene));
    co_await talk.stream.write(octets);
}

std::uint64_t message_size(const ContentScene& scene) { return scene.head.size() + scene.content.size(); }

net::Task<bool> send_message(Talk talk, Frame frame) {
    if (!talk.scene.head.empty()) {
        const auto framed = frame(talk.scene.head);
        co_await say(talk, framed);
    }
    std::string piece;
    for (std::uint64_t at = 0; at < talk.scene.content.size(); at += piece.size()) {
        if (!talk.scene.content.read_at(at, piece)) co_return false;
        const auto framed = frame(piece);
        co_await say(talk, framed);
    }
    co_return true;
}

}  // namespace policyd
