#include "directory/issuer.h"

#include <utility>

#include "crypto/digest.h"
#include "jose/keys.h"
#include "lang/overloaded.h"

namespace directory {

void TokendLine::connect(file::Descriptor socket) {
    lose();
    using Link = ipc::Link<FromTokend, tokend::FromDirectory>;
    link_ =
        std::make_unique<Link>(context_, std::move(socket),
                               Link::Handlers{.on_message = [this](FromTokend message) { take(std::move(message)); },
                                              .on_gone = [this](const std::string&) { lose(); }},
                               2 * jose::longest_keys);
}

void TokendLine::renew_keys(std::function<void(bool is_reached)> tell) {
    put(tokend::RenewKeys{},
        [tell = std::move(tell)](const std::optional<std::string>& said) { tell(said.has_value()); });
}

void TokendLine::introspect(std::string token, std::function<void(const std::optional<std::string>&)> tell) {
    put(tokend::Introspect{.ticket = 0, .token = std::move(token)}, std::move(tell));
}

template <typename Question>
void TokendLine::put(Question question, Tell tell) {
    question.ticket = ++last_ticket_;
    const bool is_sent = link_ && link_->send(question);
    if constexpr (requires { question.token; }) crypto::wipe(question.token);
    if (!is_sent) return tell(std::nullopt);
    waiting_.emplace(question.ticket, std::move(tell));
    after_(longest, [this, ticket = question.ticket] { answer(ticket, std::nullopt); });
}

void TokendLine::take(FromTokend message) {
    std::visit(Overloaded{[this](const TokenKeys& keys) { on_keys_(keys.json); },
                          [this](const KeysRenewed& renewed) {
                              answer(renewed.ticket,
                                     renewed.is_reached ? std::optional<std::string>("") : std::nullopt);
                          },
                          [this](const Introspected& said) {
                              answer(said.ticket, said.is_answered ? std::optional(said.json) : std::nullopt);
                          }},
               message);
}

void TokendLine::answer(std::uint64_t ticket, const std::optional<std::string>& said) {
    auto asked = waiting_.extract(ticket);
    if (asked) asked.mapped()(said);  // Hostile: or nobody had asked; or it took too long
}

/// What it was asked is not asked again: clients are told to come later.
void TokendLine::lose() {
    link_.reset();
    for (auto& [ticket, tell] : std::exchange(waiting_, {})) tell(std::nullopt);
}

}  // namespace directory
