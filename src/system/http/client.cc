#include "http/client.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "text/ascii.h"

namespace http {
namespace {

namespace beast = boost::beast::http;
using Parser = beast::response_parser<beast::string_body>;

constexpr int most_interim = 4;  // responses 1xx before the one that counts
constexpr std::size_t piece = 16 * 1024;

void prepare(std::optional<Parser>& parser, std::string_view method, Limits limits) {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(static_cast<std::uint32_t>(limits.head));
    parser->body_limit(limits.body);
    if (method == "HEAD") parser->skip(true);
}

/// Gives the parser what has come; what is wrong with it, or empty.
std::string feed(Parser& parser, std::string& received) {
    boost::system::error_code error;
    while (!received.empty() && !parser.is_done()) {
        const std::size_t used = parser.put(boost::asio::buffer(received), error);
        received.erase(0, used);
        if (error == beast::error::need_more) return {};
        if (error) return error.message();
        if (used == 0) return {};
    }
    return {};
}

Response response_of(const Parser& parser) {
    const auto& message = parser.get();
    Response response{.status = message.result_int(), .fields = {}, .body = message.body()};
    for (const auto& field : message)
        response.fields[text::lower({field.name_string().data(), field.name_string().size()})] =
            std::string(field.value().data(), field.value().size());
    return response;
}

}  // namespace

std::string_view Response::field(std::string_view lower_case_name) const {
    const auto found = fields.find(std::string(lower_case_name));
    return found == fields.end() ? std::string_view() : found->second;
}

std::string head_of(const Request& request, std::size_t content_length) {
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", request.method,
                                   request.target, request.host);
    for (const auto& [name, value] : request.fields) head += fmt::format("{}: {}\r\n", name, value);
    for (const auto& [name, value] : request.repeated) head += fmt::format("{}: {}\r\n", name, value);
    if (request.method == "POST") head += fmt::format("Content-Length: {}\r\n", content_length);
    return head + "\r\n";
}

net::Task<std::expected<Response, std::string>> exchange(net::Stream& stream, Request request, Limits limits) {
    const std::string octets = head_of(request, request.content.size()) + request.content;
    co_await stream.write(octets);
    co_return co_await read_response(stream, request.method, limits);
}

net::Task<std::expected<Response, std::string>> read_response(net::Stream& stream, std::string method, Limits limits) {
    std::optional<Parser> parser;
    prepare(parser, method, limits);
    std::string received;
    for (int interim = 0;;) {
        const std::string flaw = feed(*parser, received);
        if (!flaw.empty()) co_return std::unexpected(flaw);
        if (parser->is_done()) {
            if (parser->get().result_int() >= 200) break;
            if (++interim > most_interim) co_return std::unexpected("it sends interim responses without end");
            prepare(parser, method, limits);  // RFC 9110 §15.2
            continue;
        }
        std::optional<net::Gone> gone;
        try {
            co_await stream.read_some(received, piece);
        } catch (const net::Gone& end) {
            if (end.why != net::Gone::Why::Closed || !parser->is_header_done()) throw;
            gone = end;
        }
        if (!gone) continue;
        boost::system::error_code error;
        parser->put_eof(error);  // RFC 9112 §6.3: without a length, the body ends with the connection
        if (error || !parser->is_done()) throw *gone;
    }
    co_return response_of(*parser);
}

}  // namespace http
