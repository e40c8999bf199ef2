#include "smtpd/opinions.h"

namespace smtpd {

void Opinions::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message =
                                                      [this](FromPolicyd answer) {
                                                          auto& opinion = std::get<policyd::Opinion>(answer);
                                                          tickets_.take(opinion.ticket, std::move(opinion));
                                                      },
                                                  .on_gone =
                                                      [this](const std::string&) {
                                                          link_.reset();
                                                          answer_all();
                                                      }});
    answer_all();  // asked of the predecessor, whose end we may not have heard of yet
}

void Opinions::answer_all() {
    tickets_.take_all([] { return std::optional<policyd::Opinion>(); });
}

net::Task<std::optional<policyd::Opinion>> Opinions::of(policyd::CheckSender sender) {
    if (!link_) co_return std::nullopt;
    co_return co_await tickets_.wait([this, &sender](std::uint64_t ticket) {
        sender.ticket = ticket;
        link_->send(sender);
    });
}

}  // namespace smtpd
