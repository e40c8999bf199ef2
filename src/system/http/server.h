#pragma once
// The server's side of HTTP/1.1, for things that are a few octets long: what proves to a certificate authority that a
// name is ours, what mail programs are to know of the servers. RFC 9110, RFC 9112. One request for each connection.
//
// Hostile: whoever comes. A request has one meaning or none: two lengths, or a length and chunks (request smuggling),
// are refused, and bodies have the length they were announced with. Who is too slow is left by the stream's deadline.

#include <expected>
#include <string>
#include <string_view>

#include "net/stream.h"

namespace http {

struct Asked {
    std::string method;
    std::string target;
    std::string host;  // of the field Host; may be empty
    std::string body = {};
};

/// A request: a head of 8 KiB at most, and a body where one is announced. Or the status that refuses it: "400 Bad
/// Request". Throws net::Gone.
net::Task<std::expected<Asked, std::string>> read_request(net::Stream& stream);

/// A whole response with its length; `status` as "404 Not Found". The body is left out where the request was HEAD.
std::string response(std::string_view status, std::string_view content_type, std::string_view body,
                     std::string_view method = "GET");

}  // namespace http
