#include "http/server.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <iterator>
#include <optional>

#include "text/ascii.h"

namespace http {
namespace {

namespace beast = boost::beast::http;

constexpr std::size_t longest_head = 8 * 1024;
constexpr std::size_t longest_body = 16 * 1024;

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

using Fields = beast::fields;

std::string status_for(const boost::system::error_code& error) {
    return error == beast::error::header_limit ? "431 Request Header Fields Too Large" : "400 Bad Request";
}

std::size_t count_of(const Fields& fields, beast::field name) {
    const auto [first, last] = fields.equal_range(name);
    return static_cast<std::size_t>(std::distance(first, last));
}

/// RFC 9112 §3.2, §6.3. Absent: as much as "400 Bad Request".
std::optional<std::size_t> length_of_body(const beast::request<beast::empty_body>& head) {
    const auto hosts = count_of(head, beast::field::host);
    if (hosts > 1 || (hosts == 0 && head.version() >= 11)) return std::nullopt;
    if (head.count(beast::field::transfer_encoding) > 0) return std::nullopt;
    const auto lengths = count_of(head, beast::field::content_length);
    if (lengths == 0) return 0;
    const auto text = head[beast::field::content_length];
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
    return lengths == 1 && is_number ? std::optional(length) : std::nullopt;
}

/// RFC 9112 §3.2.2: "GET http://host/path" means the path.
std::string target_of(std::string target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!text::starts_with_ignoring_case(target, scheme)) continue;
        const auto path = target.find('/', scheme.size());
        return path == std::string::npos ? "/" : target.substr(path);
    }
    return target;
}

}  // namespace

net::Task<std::expected<Asked, std::string>> read_request(net::Stream& stream) {
    beast::request_parser<beast::empty_body> parser;
    parser.header_limit(longest_head);
    parser.body_limit(boost::none);  // looked at below
    std::string received;
    while (!parser.is_header_done()) {
        co_await stream.read_some(received, longest_head);
        boost::system::error_code error;
        received.erase(0, parser.put(boost::asio::buffer(received), error));
        if (error && error != beast::error::need_more && !parser.is_header_done())
            co_return std::unexpected(status_for(error));
        if (received.size() > longest_head) co_return std::unexpected("431 Request Header Fields Too Large");
    }
    const auto& head = parser.get();
    const auto length = length_of_body(head);
    if (!length) co_return std::unexpected("400 Bad Request");
    if (*length > longest_body) co_return std::unexpected("413 Content Too Large");
    while (received.size() < *length) co_await stream.read_some(received, *length);
    received.resize(*length);
    co_return Asked{text_of(head.method_string()), target_of(text_of(head.target())), text_of(head[beast::field::host]),
                    std::move(received)};
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
