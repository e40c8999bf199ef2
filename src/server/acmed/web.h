#pragma once
// Requests to the authority: over TLS that proves who it is, each on a connection of its own. RFC 8555 §6.1.

#include <boost/asio/io_context.hpp>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "acme/conversation.h"
#include "http/client.h"
#include "ip/address.h"
#include "net/stream.h"
#include "resolver/resolver.h"
#include "tls/client.h"
#include "url/url.h"

namespace acmed {

class Web {
public:
    /// All outlive it. `issuers` is whom the authority's certificate must come from in the end.
    Web(boost::asio::io_context& context, resolver::Resolver& resolver, std::shared_ptr<tls::Client> issuers);

    /// Every failure of the network is an Error, and so is an authority that is not who it should be.
    net::Task<std::expected<acme::Answer, acme::Error>> ask(acme::Send request);

private:
    using Outcome = std::expected<http::Response, std::string>;
    net::Task<std::expected<std::vector<ip::Address>, std::string>> look_up(std::string host);
    net::Task<Outcome> ask_at(ip::Endpoint place, url::Url to, http::Request request);

    boost::asio::io_context& context_;
    resolver::Resolver& resolver_;
    std::shared_ptr<tls::Client> issuers_;  // shared with its streams
};

}  // namespace acmed
