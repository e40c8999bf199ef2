#include "acmed/web.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "dns/name.h"
#include "net/connect.h"

namespace acmed {
namespace {

constexpr std::chrono::seconds to_connect{15};
constexpr std::chrono::seconds to_answer{60};
constexpr std::size_t most_addresses = 6;
constexpr std::string_view agent = "Hermod/" HERMOD_VERSION;  // RFC 8555 §6.1

// RFC 6761 §6.3: no server is asked for "localhost".
std::vector<ip::Address> known_addresses(const std::string& host) {
    if (const auto address = ip::parse_address(host)) return {*address};
    if (host == "localhost") return {*ip::parse_address("127.0.0.1"), *ip::parse_address("::1")};
    return {};
}

http::Request request_for(const acme::Send& send, const url::Url& to) {
    http::Request request{.method = send.method == acme::Method::Post   ? "POST"
                                    : send.method == acme::Method::Head ? "HEAD"
                                                                        : "GET",
                          .host = url::authority(to),
                          .target = to.target,
                          .fields = {{"User-Agent", std::string(agent)}, {"Accept-Language", "en"}},
                          .content = send.content};
    if (send.method == acme::Method::Post) request.fields["Content-Type"] = "application/jose+json";  // §6.2
    return request;
}

acme::Answer answer_of(http::Response response) {
    return {.status = response.status,
            .nonce = std::string(response.field("replay-nonce")),
            .location = std::string(response.field("location")),
            .retry_after = std::string(response.field("retry-after")),
            .body = std::move(response.body),
            .received = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

acme::Error unreachable(std::string why) { return {.code = acme::Error::Code::Unreachable, .detail = std::move(why)}; }

}  // namespace

Web::Web(boost::asio::io_context& context, resolver::Resolver& resolver, std::shared_ptr<tls::Client> issuers)
    : context_(context), resolver_(resolver), issuers_(std::move(issuers)) {}

net::Task<std::expected<std::vector<ip::Address>, std::string>> Web::look_up(std::string host) {
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
    if (addresses.size() > most_addresses) addresses.resize(most_addresses);
    co_return addresses;
}

net::Task<Web::Outcome> Web::ask_at(ip::Endpoint place, url::Url to, http::Request request) {
    const std::string where = fmt::format("{} [{}]", url::authority(to), ip::to_text(place.address));
    auto connected = co_await net::connect(context_, place, to_connect);
    if (!connected) co_return std::unexpected(fmt::format("{}: {}", where, connected.error().text));
    net::SocketStream& socket = **connected;
    socket.set_deadline(to_answer);
    socket.set_timeout(to_answer);
    std::string why;
    try {
        const tls::Peer peer{.name = to.host, .session_key = where, .demand = tls::Demand::Proof};
        const auto stream = issuers_->stream(socket, peer);
        co_await stream->handshake();
        auto response = co_await http::exchange(*stream, std::move(request));
        if (response) co_return *std::move(response);
        why = response.error();
    } catch (const net::Gone& gone) {
        why = gone.what();
    }
    co_return std::unexpected(fmt::format("{}: {}", where, why));
}

net::Task<std::expected<acme::Answer, acme::Error>> Web::ask(acme::Send send) {
    const auto to = url::parse(send.url);
    if (!to || to->scheme != "https") co_return std::unexpected(unreachable("no address of HTTPS"));
    const auto addresses = co_await look_up(to->host);
    if (!addresses) co_return std::unexpected(unreachable(addresses.error()));
    std::string why;
    for (const ip::Address& address : *addresses) {
        const ip::Endpoint place{address, to->port};
        auto outcome = co_await ask_at(place, *to, request_for(send, *to));
        if (outcome) co_return answer_of(*std::move(outcome));
        why += (why.empty() ? "" : "; ") + outcome.error();
    }
    co_return std::unexpected(unreachable(why));
}

}  // namespace acmed
