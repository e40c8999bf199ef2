#include "keyd/service.h"

#include <utility>

#include "keyd/handshake.h"

namespace keyd {

Service::Service(boost::asio::io_context& context, Random random)
    : context_(context), random_(std::move(random)), renewal_(context), lateness_(context), farewell_(context) {
    renew_ticket_keys();
    arm();
}

void Service::arm() {
    renewal_.expires_after(new_ticket_keys_after);
    renewal_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        renew_ticket_keys();
        arm();
    });
}

void Service::renew_ticket_keys() {
    tls::TicketKey key;
    random_(key.name.data(), key.name.size());
    random_(key.cipher.data(), key.cipher.size());
    random_(key.mac.data(), key.mac.size());
    ticket_keys_.insert(ticket_keys_.begin(), key);
    if (ticket_keys_.size() > ticket_keys_kept) ticket_keys_.pop_back();
    for (auto& [who, neighbour] : neighbours_)
        if (neighbour.link) neighbour.link->send(encryption::TicketKeys{ticket_keys_});
}

void Service::use(Keys keys) {
    old_keys_.add(std::exchange(keys_, std::move(keys)));
    farewell_.expires_after(old_keys_kept);
    farewell_.async_wait([this](boost::system::error_code error) {
        if (!error) old_keys_ = {};
    });
    settle_late(/*is_over=*/false);
}

void Service::connect(process::Peer peer) {
    const Who who{peer.role, peer.index};
    auto& neighbour = neighbours_[who];
    neighbour.connection = ++connections_;
    neighbour.link = std::make_unique<Link>(
        context_, std::move(peer.socket),
        Link::Handlers{
            .on_message = [this, who](FromServer message) { take(who, std::get<SignHandshake>(std::move(message))); },
            .on_gone = [this, who](const std::string&) { neighbours_[who].link.reset(); }},
        longest_request);
    neighbour.link->hold_back_at(64 * 1024);
    neighbour.link->send(encryption::TicketKeys{ticket_keys_});
}

void Service::take(Who who, SignHandshake request) {
    auto& neighbour = neighbours_[who];
    const bool is_here = keys_.has(request.key) || old_keys_.has(request.key);
    const bool may_come = !is_here && late_.size() < most_late && is_server_handshake(request.content);
    if (!may_come) return answer(neighbour, request);
    late_.push_back({who, neighbour.connection, std::move(request)});
    if (late_.size() > 1) return;
    lateness_.expires_after(longest_late);
    lateness_.async_wait([this](boost::system::error_code error) {
        if (!error) settle_late(/*is_over=*/true);
    });
}

void Service::answer(Neighbour& neighbour, const SignHandshake& request) {
    if (!neighbour.link) return;
    encryption::Signed signature{.ticket = request.ticket, .signature = {}};
    if (is_server_handshake(request.content))
        signature.signature = (keys_.has(request.key) ? keys_ : old_keys_)
                                  .sign(request.key, request.scheme, request.content)
                                  .value_or("");
    neighbour.link->send(signature);
}

void Service::settle_late(bool is_over) {
    std::deque<Late> still;
    for (auto& late : std::exchange(late_, {})) {
        auto& neighbour = neighbours_[late.who];
        if (neighbour.connection != late.connection) continue;
        if (is_over || keys_.has(late.request.key))
            answer(neighbour, late.request);
        else
            still.push_back(std::move(late));
    }
    late_ = std::move(still);
    if (late_.empty()) lateness_.cancel();
}

}  // namespace keyd
