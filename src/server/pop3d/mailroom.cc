#include "pop3d/mailroom.h"

namespace pop3d {
namespace {

Opened nobody_there() { return {.ticket = 0, .refusal = Opened::Refusal::Later, .worker = {}}; }

}  // namespace

void Mailroom::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message =
                                                      [this](FromReader message) {
                                                          auto& opened = std::get<Opened>(message);
                                                          tickets_.take(opened.ticket, std::move(opened));
                                                      },
                                                  .on_gone =
                                                      [this](const std::string&) {
                                                          link_.reset();
                                                          tickets_.take_all(nobody_there);
                                                      }});
    tickets_.take_all(nobody_there);  // asked of the predecessor, whose end we may not have heard of yet
}

net::Task<Opened> Mailroom::open(reader::Key key) {
    if (!link_) co_return nobody_there();
    co_return co_await tickets_.wait([this, key](std::uint64_t ticket) { link_->send(reader::Open{ticket, key}); });
}

}  // namespace pop3d
