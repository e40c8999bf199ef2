#include "encryption/keyring.h"

#include <utility>

#include "lang/overloaded.h"

namespace encryption {

void Keyring::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message = [this](FromKeyd message) { take(std::move(message)); },
                                                  .on_gone = [this](const std::string&) { link_.reset(); }});
    for (const auto& [ticket, waiting] : waiting_) link_->send(waiting.request);
}

void Keyring::sign(tls::ToSign what, Done done) {
    if (waiting_.size() >= most_waiting) return done(std::nullopt);
    keyd::SignHandshake request{
        .ticket = ++last_ticket_, .key = what.key, .scheme = what.scheme, .content = std::move(what.content)};
    if (link_) link_->send(request);
    waiting_.emplace(request.ticket, Waiting{std::move(request), std::move(done)});
}

void Keyring::take(FromKeyd message) {
    std::visit(Overloaded{
                   [this](Signed& answer) {
                       auto waiting = waiting_.extract(answer.ticket);
                       if (!waiting) return;  // Hostile: nobody asked
                       const bool is_refused = answer.signature.empty();
                       waiting.mapped().done(is_refused ? std::nullopt : std::optional(std::move(answer.signature)));
                   },
                   [this](TicketKeys& fresh) { tickets_.use(std::move(fresh.keys)); },
               },
               message);
}

}  // namespace encryption
