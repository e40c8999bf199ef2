#include "tokend/issuer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "crypto/digest.h"
#include "jose/introspection.h"
#include "jose/keys.h"
#include "process/secret_line.h"

namespace tokend {
namespace {

namespace asio = boost::asio;

// Somebody waits for it who wants to log in.
constexpr https::Patience patience{
    .to_connect = std::chrono::seconds(5), .to_answer = std::chrono::seconds(10), .most_addresses = 2};

http::Request make_request(std::string method) {
    return {.method = std::move(method),
            .host = {},
            .target = {},
            .fields = {{"User-Agent", "Hermod/" HERMOD_VERSION}, {"Accept", "application/json"}},
            .content = {}};
}

Said content_of(https::Requester::Outcome outcome, const std::string& address) {
    if (!outcome) return std::unexpected(std::move(outcome).error());
    if (outcome->status != 200)
        return std::unexpected(fmt::format("{} answers with status {}", address, outcome->status));
    return std::move(outcome->body);
}

}  // namespace

Issuer::Issuer(asio::io_context& context, resolver::Resolver& resolver, std::shared_ptr<tls::Client> issuers,
               const site::LoginTokens& settings)
    : context_(context),
      requester_(context, resolver, std::move(issuers), patience),
      keys_url_(settings.keys_url),
      introspection_(settings.introspection) {}

std::string Issuer::use(const site::LoginTokens& settings, const std::vector<process::Secret>& files) {
    crypto::wipe(credentials_);
    credentials_.clear();
    if (files.empty()) return settings.secret_file + " cannot be read: the issuer of tokens cannot be asked about them";
    auto secret = process::secret_line(files.front().file, site::longest_token_secret);
    if (!secret) return fmt::format("{} {}", settings.secret_file, secret.error());
    credentials_ = jose::basic_credentials(settings.client_id, *secret);
    crypto::wipe(*secret);
    return {};
}

void Issuer::fetch_keys(std::function<void(const Said&)> tell) {
    asio::co_spawn(context_, fetch(std::move(tell)), asio::detached);
}

void Issuer::introspect(std::string token, std::function<void(const std::string& token, Said)> tell) {
    asio::co_spawn(context_, ask(std::move(token), std::move(tell)), asio::detached);
}

net::Task<void> Issuer::fetch(std::function<void(const Said&)> tell) {
    http::Limits limits;
    limits.body = jose::longest_keys;
    auto request = make_request("GET");
    auto outcome = co_await requester_.ask(keys_url_, std::move(request), limits);
    const auto said = content_of(std::move(outcome), keys_url_);
    tell(said);
}

net::Task<void> Issuer::ask(std::string token, std::function<void(const std::string& token, Said)> tell) {
    Said said = std::unexpected("there is no secret to show it");
    if (!credentials_.empty()) {
        http::Limits limits;
        limits.body = jose::longest_introspection;
        auto request = make_request("POST");
        request.fields["Content-Type"] = "application/x-www-form-urlencoded";
        request.fields["Authorization"] = credentials_;
        request.content = jose::introspection_request(token);
        auto outcome = co_await requester_.ask(introspection_, std::move(request), limits);
        said = content_of(std::move(outcome), introspection_);
    }
    tell(token, std::move(said));
    crypto::wipe(token);
}

}  // namespace tokend
