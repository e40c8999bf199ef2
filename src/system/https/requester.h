#pragma once
// Requests over TLS that proves who answers, each on a connection of its own. RFC 9110 §4.3.4.
//
// Hostile: the DNS may say anything, so an address proves nothing; nobody is followed elsewhere. All has an end: names,
// connections and answers in time, answers in size.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "ip/address.h"
#include "net/stream.h"
#include "resolver/resolver.h"
#include "tls/client.h"
#include "url/url.h"

namespace https {

struct Patience {
    std::chrono::seconds to_connect{15};  // to one of a host's addresses
    std::chrono::seconds to_answer{60};
    std::size_t most_addresses = 6;
};

class Requester {
public:
    /// All outlive it. `issuers` is whom the server's certificate must come from in the end.
    Requester(boost::asio::io_context& context, resolver::Resolver& resolver, std::shared_ptr<tls::Client> issuers,
              Patience patience = {})
        : context_(context), resolver_(resolver), issuers_(std::move(issuers)), patience_(patience) {}

    using Outcome = std::expected<http::Response, std::string>;
    /// Host and target of the request are filled in from the address. Every failure of the network is an error, in
    /// words for an administrator, and so is a server that is not who it should be.
    net::Task<Outcome> ask(std::string address, http::Request request, http::Limits limits = {});

private:
    net::Task<std::expected<std::vector<ip::Address>, std::string>> look_up(std::string host);
    net::Task<Outcome> ask_at(ip::Endpoint place, url::Url to, http::Request request, http::Limits limits);

    boost::asio::io_context& context_;
    resolver::Resolver& resolver_;
    std::shared_ptr<tls::Client> issuers_;  // shared with its streams
    Patience patience_;
};

}  // namespace https
