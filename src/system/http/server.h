#pragma once
// The server's side of HTTP/1.1, for things that are asked for by GET and are a few octets long: what proves to a
// certificate authority that a name is ours. RFC 9110, RFC 9112. One request for each connection.

#include <expected>
#include <string>
#include <string_view>

#include "net/stream.h"

namespace http {

struct Asked {
    std::string method;
    std::string target;
    std::string host;  // of the field Host; may be empty
};

/// The head of a request, of 8 KiB at most; its body is not read. Or what is wrong with it. Throws net::Gone.
net::Task<std::expected<Asked, std::string>> read_request(net::Stream& stream);

/// A whole response with its length; `status` as "404 Not Found". The body is left out where the request was HEAD.
std::string response(std::string_view status, std::string_view content_type, std::string_view body,
                     std::string_view method = "GET");

}  // namespace http
