#include "encryption/acceptor.h"

#include <utility>

#include "lang/verify.h"

namespace encryption {

std::string remarks(const tls::Facts& facts) {
    std::string text = facts.is_resumed ? "resumed" : "";
    const auto add = [&](const std::string& remark) { text += (text.empty() ? "" : ", ") + remark; };
    if (!facts.client.empty()) add("certificate of " + facts.client);
    if (!facts.flaw.empty()) add("certificate not believed: " + facts.flaw);
    return text;
}

void Acceptor::configure(const site::Tls& tls) {
    std::vector<tls::Certificate> read;
    for (const auto& one : site::all_keys(tls)) {
        auto certificate = tls::Certificate::parse(one.certificate_text);
        VERIFY(certificate);  // it was looked at before the configuration was handed over
        read.push_back(std::move(*certificate));
    }
    certificates_ = std::move(read);
    client_authorities_ = tls.client_authorities_text;
    timeout_ = tls.handshake_timeout;
    servers_.clear();
}

// A session that began without the question is not resumed where it is asked.
std::shared_ptr<const tls::Server> Acceptor::server_for(const tls::Service& service, Certificates asked) {
    VERIFY(has_certificate());
    auto kind = service;
    if (asked == Certificates::Asked && !client_authorities_.empty()) {
        kind.name += ", certificates asked";
        kind.client_authorities = client_authorities_;
    }
    auto& server = servers_[kind.name];
    if (!server) server = std::make_shared<tls::Server>(std::move(kind), certificates_, keyring_, keyring_.tickets());
    return server;
}

net::Task<std::unique_ptr<tls::Stream>> Acceptor::accept(net::Stream& below, const tls::Service& service,
                                                         Certificates asked, std::string early) {
    below.set_timeout(timeout_);
    below.set_deadline(timeout_);
    co_return co_await tls::accept(below, server_for(service, asked), std::move(early));
}

}  // namespace encryption
