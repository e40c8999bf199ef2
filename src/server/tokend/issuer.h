#pragma once
// Who issues tokens, over HTTPS that proves who he is: his keys (RFC 7517 §5), and what he says of a token (RFC 7662
// §2).

#include <boost/asio/io_context.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "https/requester.h"
#include "process/process.h"
#include "site/login_tokens.h"

namespace tokend {

/// What he said, or why he said nothing of use.
using Said = std::expected<std::string, std::string>;

class Issuer {
public:
    Issuer(boost::asio::io_context& context, resolver::Resolver& resolver, std::shared_ptr<tls::Client> issuers,
           const site::LoginTokens& settings);

    /// Who we are there, from now on; what is wrong with the file is returned, for the log, and then he is asked in
    /// vain.
    std::string use(const site::LoginTokens& settings, const std::vector<process::Secret>& files);

    /// `tell` is called once, later. It and all that it uses live as long as the event loop.
    void fetch_keys(std::function<void(const Said&)> tell);
    void introspect(std::string token, std::function<void(const std::string& token, Said)> tell);

private:
    net::Task<void> fetch(std::function<void(const Said&)> tell);
    net::Task<void> ask(std::string token, std::function<void(const std::string& token, Said)> tell);

    boost::asio::io_context& context_;
    https::Requester requester_;
    std::string keys_url_;
    std::string introspection_;
    std::string credentials_;  // of the field Authorization; empty: the secret cannot be read
};

}  // namespace tokend
