#include "http/server.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

namespace http {
namespace {

namespace beast = boost::beast::http;

constexpr std::size_t longest_head = 8 * 1024;

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

net::Task<std::expected<Asked, std::string>> read_request(net::Stream& stream) {
    beast::request_parser<beast::empty_body> parser;
    parser.header_limit(longest_head);
    std::string received;
    while (!parser.is_header_done()) {
        co_await stream.read_some(received, longest_head);
        boost::system::error_code error;
        received.erase(0, parser.put(boost::asio::buffer(received), error));
        if (error && error != beast::error::need_more) co_return std::unexpected(error.message());
        if (received.size() > longest_head) co_return std::unexpected("the head is too long");
    }
    const auto& message = parser.get();
    co_return Asked{text_of(message.method_string()), text_of(message.target()), text_of(message[beast::field::host])};
}

std::string response(std::string_view status, std::string_view content_type, std::string_view body,
                     std::string_view method) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\nX-Content-Type-Options: "
        "nosniff\r\n"
        "\r\n{}",
        status, content_type, body.size(), method == "HEAD" ? "" : body);
}

}  // namespace http
