#include "httpd/pages.h"

#include <algorithm>

#include "lang/overloaded.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace httpd {
namespace {

constexpr std::string_view challenges = "/.well-known/acme-challenge/";  // RFC 8555 §8.3
constexpr std::string_view outlook = "/autodiscover/autodiscover.xml";
constexpr std::string_view thunderbird[] = {"/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"};

std::string refusal(std::string_view status, std::string_view method = "GET") {
    return http::response(status, "text/plain", "Nothing is here.\n", method);
}

/// In the wild: Thunderbird may keep the address to itself; it asks autoconfig.DOMAIN then.
std::string address_at(std::string host) {
    host = host.substr(0, host.rfind(':'));
    constexpr std::string_view prefix = "autoconfig.";
    if (text::starts_with_ignoring_case(host, prefix)) host.erase(0, prefix.size());
    return "postmaster@" + host;
}

bool is_get(const http::Asked& asked) { return asked.method == "GET" || asked.method == "HEAD"; }

}  // namespace

autoconfig::Offer offer_of(const Config& config, bool has_certificate) {
    autoconfig::Offer offer;
    // RFC 8314 §3: TLS from the first octet is preferred.
    for (const auto security : {autoconfig::Security::Tls, autoconfig::Security::StartTls}) {
        for (const auto& listen : config.listen) {
            const auto tls = site::tls_of(listen, has_certificate);
            const bool is_implicit = tls == site::ListenTls::Implicit;
            if (tls == site::ListenTls::Off || is_implicit != (security == autoconfig::Security::Tls)) continue;
            if (!site::is_pop3(listen) && !site::is_submission(listen)) continue;
            const autoconfig::Server server{config.hostname, listen.address.port, security};
            auto& servers = site::is_pop3(listen) ? offer.pop3 : offer.submission;
            if (std::ranges::find(servers, server) == servers.end()) servers.push_back(server);  // IPv4 and IPv6
        }
    }
    return offer;
}

void Pages::take(FromAcmed message) {
    std::visit(Overloaded{[this](ShowProof& proof) {
                              if (proofs_.size() < most_proofs) proofs_[proof.token] = std::move(proof.content);
                          },
                          [this](HideProofs&) { proofs_.clear(); }},
               message);
}

net::Task<std::string> Pages::answer(http::Asked asked) {
    const std::string path = asked.target.substr(0, asked.target.find('?'));
    const std::string query = asked.target.substr(std::min(path.size() + 1, asked.target.size()));
    if (path.starts_with(challenges)) {
        const auto proof = proofs_.find(std::string_view(path).substr(challenges.size()));
        if (proof == proofs_.end()) co_return refusal("404 Not Found", asked.method);
        if (!is_get(asked)) co_return refusal("405 Method Not Allowed");
        co_return http::response("200 OK", "application/octet-stream", proof->second, asked.method);
    }
    if (text::equal_ignoring_case(path, outlook)) {
        if (asked.method != "POST") co_return refusal("405 Method Not Allowed", asked.method);
        auto address = autoconfig::address_in_request(asked.body);
        co_return co_await configure(std::move(asked), std::move(address), /*is_outlook=*/true);
    }
    if (std::ranges::find(thunderbird, path) == std::end(thunderbird)) {
        if (is_get(asked)) co_return refusal("404 Not Found", asked.method);
        co_return refusal("405 Method Not Allowed");
    }
    if (!is_get(asked)) co_return refusal("405 Method Not Allowed");
    auto address = autoconfig::address_in_query(query);
    if (!address) address = address_at(asked.host);
    co_return co_await configure(std::move(asked), *std::move(address), /*is_outlook=*/false);
}

net::Task<std::string> Pages::configure(http::Asked asked, std::string address, bool is_outlook) {
    const auto domain = autoconfig::domain_of(address);
    if (!domain) co_return refusal(is_outlook ? "400 Bad Request" : "404 Not Found", asked.method);
    const Ours ours = co_await is_ours_(*domain);
    if (ours == Ours::Unknown) co_return refusal("503 Service Unavailable", asked.method);
    const bool has_servers = !offer_.pop3.empty() || !offer_.submission.empty();
    if (ours == Ours::No || !has_servers) co_return refusal("404 Not Found", asked.method);
    autoconfig::Offer offer = offer_;
    offer.domain = *domain;
    const auto document = is_outlook ? autoconfig::autodiscover(offer, address) : autoconfig::client_config(offer);
    co_return http::response("200 OK", "text/xml; charset=utf-8", document, asked.method);
}

}  // namespace httpd
