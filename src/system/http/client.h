#pragma once
// One request of HTTP/1.1 over a connection that is there already, and its response. RFC 9110, RFC 9112.
//
// Small on purpose: nobody is redirected, nothing is kept alive, nothing is compressed. The parser is Boost.Beast's.
// Hostile: the other end may be anybody. Heads and bodies have limits; deadlines are those of the stream.

#include <cstddef>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/stream.h"

namespace http {

struct Request {
    std::string method = "GET";
    std::string host;    // of the field Host: "acme.example.org:8443"
    std::string target;  // "/directory?x=1"
    std::map<std::string, std::string> fields;
    std::vector<std::pair<std::string, std::string>> repeated{};  // further ones, whose names may come several times
    std::string content;
};

struct Response {
    unsigned status = 0;
    std::map<std::string, std::string> fields;  // names in lower case; of several with one name the last counts
    std::string body;

    /// Empty where there is none.
    std::string_view field(std::string_view lower_case_name) const;
};

struct Limits {
    std::size_t head = 32 * 1024;  // octets
    std::size_t body = 256 * 1024;
};

/// For who sends a long content himself, of so many octets: what stands in front of it.
std::string head_of(const Request& request, std::size_t content_length);
/// And what follows. Or what is wrong with what came. Throws net::Gone where nothing comes any more.
net::Task<std::expected<Response, std::string>> read_response(net::Stream& stream, std::string method,
                                                              Limits limits = {});

/// Both. Or what is wrong with what came. Throws net::Gone where nothing comes any more.
net::Task<std::expected<Response, std::string>> exchange(net::Stream& stream, Request request, Limits limits = {});

}  // namespace http
