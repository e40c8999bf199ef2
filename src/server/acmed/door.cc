#include "acmed/door.h"

#include "http/server.h"
#include "tls/server.h"

namespace acmed {
namespace {

constexpr std::chrono::seconds longest_visit{20};

}  // namespace

void Door::open(std::vector<process::Listener> listeners) {
    listeners_.clear();
    for (auto& listener : listeners)
        listeners_.push_back(std::make_unique<net::Listener>(
            context_, std::move(listener.socket), occupancy_,
            net::Listener::Handlers{.serve = [this](net::SocketStream& visitor) { return serve(visitor); },
                                    .on_gone = {},
                                    .on_refused = {},
                                    .refusal = {}}));
}

net::Task<void> Door::serve(net::SocketStream& visitor) {
    visitor.set_deadline(longest_visit);
    visitor.set_timeout(longest_visit);
    if (type_ == acme::ChallengeType::Http01) co_return co_await serve_file(visitor);
    const auto server = proofs_.server();
    if (type_ != acme::ChallengeType::TlsAlpn01 || !server) co_return;
    const auto stream = co_await tls::accept(visitor, server);  // RFC 8737 §3: the handshake says it all
    stream->close();
}

// RFC 8555 §8.3
net::Task<void> Door::serve_file(net::Stream& visitor) {
    const auto asked = co_await http::read_request(visitor);
    std::string answer = http::response("404 Not Found", "text/plain", "Nothing is here.\n");
    if (!asked)
        answer = http::response(asked.error(), "text/plain", "");
    else if (asked->method != "GET" && asked->method != "HEAD")
        answer = http::response("405 Method Not Allowed", "text/plain", "");
    else if (const auto file = proofs_.file(asked->target))
        answer = http::response("200 OK", "application/octet-stream", *file, asked->method);
    co_await visitor.write(answer);
    visitor.close();
}

}  // namespace acmed
