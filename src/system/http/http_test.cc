#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "http/client.h"
#include "http/server.h"
#include "net/memory_stream.h"

namespace {

namespace asio = boost::asio;

using Outcome = std::expected<http::Response, std::string>;

/// What comes of it when the server says `said`, and closes.
Outcome ask(const std::string& said, http::Request request, std::string* heard = nullptr, http::Limits limits = {}) {
    asio::io_context context;
    auto [ours, theirs] = net::memory_streams(context);
    Outcome outcome = std::unexpected("nothing");
    asio::co_spawn(
        context,
        [](net::Stream& stream, http::Request asked, http::Limits within, Outcome& out) -> net::Task<void> {
            try {
                out = co_await http::exchange(stream, std::move(asked), within);
            } catch (const net::Gone& gone) {
                out = std::unexpected(std::string("gone: ") + gone.what());
            }
        }(*ours, std::move(request), limits, outcome),
        asio::detached);
    context.poll();  // until it has asked
    if (heard) *heard = theirs->heard();
    theirs->say(said);
    theirs->close();
    context.run();
    return outcome;
}

http::Request get(const std::string& target = "/dir") {
    return {.method = "GET", .host = "a.example", .target = target};
}

// RFC 9112 §3, §6.3
TEST(HttpClient, AsksAndHears) {
    std::string heard;
    const auto response = ask("HTTP/1.1 200 OK\r\nReplay-Nonce: abc\r\nContent-Length: 2\r\n\r\nhi", get(), &heard);
    ASSERT_TRUE(response) << response.error();
    EXPECT_EQ(heard, "GET /dir HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->field("replay-nonce"), "abc");
    EXPECT_EQ(response->field("location"), "");
    EXPECT_EQ(response->body, "hi");
}

TEST(HttpClient, SendsContentWithItsLength) {
    std::string heard;
    http::Request request{
        .method = "POST", .host = "a.example", .target = "/new", .fields = {{"Content-Type", "a/b"}}, .content = "{}"};
    ASSERT_TRUE(ask("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", request, &heard));
    EXPECT_EQ(heard,
              "POST /new HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Type: a/b\r\nContent-Length: "
              "2\r\n\r\n{}");
}

TEST(HttpClient, ReadsEveryKindOfBody) {
    struct Case {
        std::string said;
        std::string want;
    };
    const Case cases[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
        {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"},
        {"HTTP/1.0 200 OK\r\n\r\n", ""},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "x"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
    };
    for (const auto& [said, want] : cases) {
        const auto response = ask(said, get());
        ASSERT_TRUE(response) << said << response.error();
        EXPECT_EQ(response->body, want);
    }
    auto head = get();
    head.method = "HEAD";
    EXPECT_TRUE(ask("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", head));
}

// Hostile
TEST(HttpClient, RefusesWhatIsNoResponse) {
    std::string interim;
    for (int i = 0; i < 10; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
    for (const std::string& said :
         {std::string(), std::string("220 mx.example ESMTP\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nno field\r\n\r\n"),
          "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n" + std::string(300'000, 'x'),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"), interim})
        EXPECT_FALSE(ask(said, get())) << said.substr(0, 60);
}

std::string many_fields() {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "A: b\r\n";
    return text;
}

TEST(HttpServer, HearsARequest) {
    struct Case {
        std::string said;
        std::string want;  // method, target, host
    };
    const Case cases[] = {
        {"GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: mail.example.org\r\n\r\n",
         "GET /.well-known/acme-challenge/x mail.example.org"},
        {"GET / HTTP/1.0\r\n\r\n", "GET / "},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345 and more", "POST /x a 12345"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345", "gone"},
        {"GET http://b.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x?y a"},  // RFC 9112 §3.2.2
        {"GET http://b.example HTTP/1.1\r\nHost: a\r\n\r\n", "GET / a"},
        {"EHLO x\r\n\r\n", "400"},
        {"GET / HTTP/1.1\nHost: a\n\n", "400"},
        // RFC 9112 §3.2
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        // Hostile: one request for us, two for whoever stands before us. RFC 9112 §6.3, §11.2
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n12345", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n12345", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n", "413"},
        {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
        {"GET / HTTP/1.1\r\n" + many_fields() + "\r\n", "431"},
        {"GET / HTTP/1.1\r\n", "gone"},
    };
    for (const auto& [said, want] : cases) {
        asio::io_context context;
        auto [ours, theirs] = net::memory_streams(context);
        std::string outcome;
        asio::co_spawn(
            context,
            [](net::Stream& stream, std::string& out) -> net::Task<void> {
                try {
                    const auto asked = co_await http::read_request(stream);
                    out = asked ? asked->method + ' ' + asked->target + ' ' + asked->host +
                                      (asked->body.empty() ? "" : ' ' + asked->body)
                                : asked.error().substr(0, 3);
                } catch (const net::Gone&) {
                    out = "gone";
                }
            }(*ours, outcome),
            asio::detached);
        theirs->say(said);
        theirs->close();
        context.run();
        EXPECT_EQ(outcome, want) << said.substr(0, 60);
    }
}

TEST(HttpServer, AnswersWithALength) {
    const std::string whole = http::response("200 OK", "text/plain", "abc");
    EXPECT_TRUE(whole.starts_with("HTTP/1.1 200 OK\r\n") && whole.ends_with("\r\n\r\nabc")) << whole;
    EXPECT_NE(whole.find("Content-Length: 3\r\n"), std::string::npos);
    EXPECT_TRUE(http::response("200 OK", "text/plain", "abc", "HEAD").ends_with("\r\n\r\n"));
}

}  // namespace
