// Against a server of TLS over TCP of this machine, with every kind of certificate and manners.
#include "https/requester.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <optional>

#include "net/listener.h"
#include "tls/server.h"
#include "tls/testing/keys.h"

namespace {

using namespace std::chrono_literals;
using tls::testing::make_pair;
using tls::testing::Pair;

constexpr std::string_view names = "DNS:id.example.org,DNS:localhost,IP:127.0.0.1";
const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Says the same to everybody, once the request has come.
class Place {
public:
    Place(boost::asio::io_context& context, const Pair& shown, const std::string& chain, in_addr_t at = INADDR_LOOPBACK,
          std::uint16_t port = 0) {
        file::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(at);
        address.sin_port = htons(port);
        socklen_t length = sizeof address;
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(::listen(socket.get(), 10), 0);
        EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
        port_ = ntohs(address.sin_port);
        keys_.add(shown);
        const auto certificate = tls::Certificate::parse(shown.certificate + chain);
        server_ =
            std::make_shared<tls::Server>(tls::Service{"https", {}}, std::span(&*certificate, 1), keys_, tickets_);
        listener_.emplace(context, std::move(socket), std::make_shared<net::Occupancy>(),
                          net::Listener::Handlers{.serve = [this](net::SocketStream& stream) { return serve(stream); },
                                                  .on_gone = [](net::SocketStream&, const net::Gone&) {},
                                                  .on_refused = [](const std::string&) {}});
    }

    std::uint16_t port() const { return port_; }
    std::string says = fine;  // empty: nothing, until the client has gone
    bool is_silent = false;   // there is no TLS
    std::vector<std::string> asked;
    int connections = 0;

private:
    net::Task<void> serve(net::SocketStream& below) {
        ++connections;
        std::string heard;
        if (is_silent) co_await wait_for_the_end(below, heard);
        const auto stream = co_await tls::accept(below, server_);
        while (!heard.contains("\r\n\r\n")) co_await stream->read_some(heard, 10'000);
        if (const auto length = heard.find("Content-Length: "); length != heard.npos) {
            const auto whole = heard.find("\r\n\r\n") + 4 + std::stoul(heard.substr(length + 16));
            while (heard.size() < whole) co_await stream->read_some(heard, 10'000);
        }
        asked.push_back(heard);
        if (says.empty()) co_await wait_for_the_end(*stream, heard);
        co_await stream->write(says);
        stream->close();
    }
    static net::Task<void> wait_for_the_end(net::Stream& stream, std::string& heard) {
        for (;;) co_await stream.read_some(heard, 10'000);
    }

    std::uint16_t port_ = 0;
    tls::testing::Keys keys_;
    tls::TicketKeys tickets_;
    std::shared_ptr<tls::Server> server_;
    std::optional<net::Listener> listener_;
};

struct RequestsOverTls : ::testing::Test {
    boost::asio::io_context context{1};
    const Pair issuer = make_pair({.is_issuer = true});
    const Pair shown = make_pair({.names = std::string(names)}, issuer);
    std::shared_ptr<tls::Client> trust = *tls::Client::make(issuer.certificate);
    std::string zone = R"({"name": "id.example.org", "type": "A", "data": "127.0.0.1"}
{"name": "two.example.org", "type": "A", "data": "127.0.0.9"}
{"name": "two.example.org", "type": "A", "data": "127.0.0.1"}
{"name": "many.example.org", "type": "A", "data": "127.0.0.9"}
{"name": "many.example.org", "type": "A", "data": "127.0.0.8"}
{"name": "many.example.org", "type": "A", "data": "127.0.0.7"}
{"name": "many.example.org", "type": "A", "data": "127.0.0.1"}
{"name": "empty.example.org", "type": "TXT", "data": "nothing"}
{"name": "broken.example.org", "type": "*", "rcode": "SERVFAIL"}
)";
    https::Patience patience{.to_connect = 30s, .to_answer = 30s, .most_addresses = 3};

    https::Requester::Outcome ask(const std::string& address, http::Request request = {}, http::Limits limits = {}) {
        resolver::TableResolver resolver(*dns::parse_table(zone));
        https::Requester requester(context, resolver, trust, patience);
        std::optional<https::Requester::Outcome> outcome;
        auto asking = [&]() -> net::Task<void> {
            outcome = co_await requester.ask(address, std::move(request), limits);
        };
        boost::asio::co_spawn(context, asking(), boost::asio::detached);
        while (!outcome) context.run_one();
        return *std::move(outcome);
    }
    static std::string at(const Place& place, const std::string& host = "id.example.org") {
        return "https://" + host + ":" + std::to_string(place.port()) + "/keys?x=1";
    }
    std::string trouble(const std::string& address, http::Limits limits = {}) {
        const auto outcome = ask(address, {}, limits);
        return outcome ? "status " + std::to_string(outcome->status) : outcome.error();
    }
    std::string trouble_of(const Pair& other) {
        const Place place(context, other, issuer.certificate);
        return trouble(at(place));
    }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

TEST_F(RequestsOverTls, ReachWhoeverIsWhoHeShouldBe) {
    Place place(context, shown, issuer.certificate);
    place.says = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}";
    for (const auto* host : {"id.example.org", "localhost", "127.0.0.1", "ID.Example.ORG"}) {
        SCOPED_TRACE(host);
        const auto outcome =
            ask(at(place, host), {.method = "POST", .fields = {{"Authorization", "Basic xyz"}}, .content = "token=1"});
        ASSERT_TRUE(outcome) << outcome.error();
        EXPECT_EQ(outcome->status, 200u);
        EXPECT_EQ(outcome->body, R"({"keys":[]})");
        const auto& asked = place.asked.back();
        EXPECT_TRUE(asked.starts_with("POST /keys?x=1 HTTP/1.1\r\n")) << asked;
        EXPECT_TRUE(has(asked, "Authorization: Basic xyz\r\n") && asked.ends_with("\r\n\r\ntoken=1")) << asked;
    }
    EXPECT_TRUE(has(place.asked.front(), "Host: id.example.org:" + std::to_string(place.port()) + "\r\n"));
}

// RFC 9110 §4.3.4. Hostile: whoever stands in between is told nothing.
TEST_F(RequestsOverTls, TellNothingToWhoIsNot) {
    const auto other = make_pair({.is_issuer = true});
    const std::string all(names);
    const struct {
        Pair shown;
        std::string_view want;
    } cases[] = {
        {make_pair({.names = "DNS:other.example.org"}, issuer), "hostname mismatch"},
        {make_pair({.names = "IP:127.0.0.1"}, issuer), "hostname mismatch"},
        {make_pair({.names = "DNS:*.example.com"}, issuer), "hostname mismatch"},
        {make_pair({.names = all}, other), "certificate"},
        {make_pair({.names = all}), "self-signed certificate"},
        {make_pair({.names = all, .starts = -7200, .ends = -3600}, issuer), "certificate has expired"},
        {make_pair({.names = all, .starts = 3600}, issuer), "certificate is not yet valid"},
    };
    for (const auto& [certificate, want] : cases) {
        SCOPED_TRACE(want);
        const Place place(context, certificate, "");
        const auto why = trouble(at(place));
        EXPECT_TRUE(has(why, want)) << why;
        EXPECT_TRUE(has(why, "id.example.org:" + std::to_string(place.port()) + " [127.0.0.1]: ")) << why;
        EXPECT_EQ(place.connections, 1);
        EXPECT_TRUE(place.asked.empty());
    }
    trust = *tls::Client::make("");
    EXPECT_TRUE(has(trouble_of(shown), "certificate")) << "nobody is believed";
}

TEST_F(RequestsOverTls, GoToTheNextAddressAndToSoManyAndNoMore) {
    const Pair both = make_pair({.names = "DNS:two.example.org,DNS:many.example.org"}, issuer);
    const Place place(context, both, issuer.certificate);
    EXPECT_EQ(trouble(at(place, "two.example.org")), "status 200");
    const auto why = trouble(at(place, "many.example.org"));
    for (const auto* one : {"[127.0.0.9]: Connection refused; ", "[127.0.0.8]: ", "[127.0.0.7]: "})
        EXPECT_TRUE(has(why, one)) << why;
    EXPECT_FALSE(has(why, "127.0.0.1]")) << why;
    EXPECT_EQ(place.connections, 1);
}

TEST_F(RequestsOverTls, SayWhyThereIsNobodyToAsk) {
    const struct {
        std::string address;
        std::string_view want;
    } cases[] = {
        {"https://nowhere.example.org/", "nowhere.example.org has no address"},
        {"https://empty.example.org/", "empty.example.org has no address"},
        {"https://broken.example.org/", "cannot look up broken.example.org"},
        {"http://id.example.org/", "no address of HTTPS"},
        {"id.example.org", "no address of HTTPS"},
        {"https://id..example.org/", "no"},
    };
    for (const auto& [address, want] : cases) EXPECT_TRUE(has(trouble(address), want)) << trouble(address);
}

// Hostile: what is answered is anything, of any length, or nothing. Nobody is followed elsewhere.
TEST_F(RequestsOverTls, WhatIsAnsweredHasBounds) {
    Place place(context, shown, issuer.certificate);
    const Place elsewhere(context, shown, issuer.certificate);
    const http::Limits limits{.head = 1000, .body = 1000};
    const auto sized = [](std::size_t size) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
    };
    const struct {
        std::string says;
        std::string_view want;
    } cases[] = {
        {sized(1000), "status 200"},
        {sized(1001), "body limit exceeded"},
        {sized(2'000'000), "body limit exceeded"},
        {"HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'), "body limit exceeded"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n",
         "body limit exceeded"},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", "header limit exceeded"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "bad version"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "closed"},
        {"HTTP/1.1 302 Found\r\nLocation: " + at(elsewhere) + "\r\nContent-Length: 0\r\n\r\n", "status 302"},
    };
    for (const auto& [says, want] : cases) {
        SCOPED_TRACE(says.substr(0, 60));
        place.says = says;
        const auto why = trouble(at(place), limits);
        EXPECT_TRUE(has(why, want)) << why;
    }
    EXPECT_EQ(elsewhere.connections, 0);
}

// Hostile: one that takes the connection, or the request, and says nothing.
TEST_F(RequestsOverTls, WhoSaysNothingIsNotWaitedForForEver) {
    patience.to_answer = 1s;
    Place place(context, shown, issuer.certificate);
    place.says.clear();
    EXPECT_TRUE(has(trouble(at(place)), "timed out")) << trouble(at(place));
    EXPECT_FALSE(place.asked.empty());
    place.asked.clear();
    place.is_silent = true;
    EXPECT_TRUE(has(trouble(at(place)), "timed out"));
    EXPECT_TRUE(place.asked.empty());
}

}  // namespace
