#include "pickup/neighbours.h"

#include "lang/overloaded.h"

namespace pickup {
namespace {

directory::Resolved nobody_knows() {
    return {.ticket = 0, .reply = {451, "4.3.0", "Recipients cannot be looked up at the moment"}, .recipients = {}};
}
Commitment nothing_kept() { return {0, {451, "4.3.0", "The queue is not available at the moment"}}; }
smtpd::BlobOpened no_room() { return {}; }

}  // namespace

void Directory::connect(file::Descriptor socket) {
    resolved_.take_all(nobody_knows);
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message =
                                                      [this](smtpd::FromDirectory answer) {
                                                          auto& resolved = std::get<directory::Resolved>(answer);
                                                          resolved_.take(resolved.ticket, std::move(resolved));
                                                      },
                                                  .on_gone =
                                                      [this](const std::string&) {
                                                          link_.reset();
                                                          resolved_.take_all(nobody_knows);
                                                      }});
}

net::Task<directory::Resolved> Directory::look_up(const std::string& address) {
    if (!link_) co_return nobody_knows();
    const auto ticket = ++last_ticket_;
    co_return co_await resolved_.wait(ticket, [this, ticket, &address] {
        link_->send(directory::LookUp{.ticket = ticket, .address = address, .may_relay = true});
    });
}

void Queue::connect(file::Descriptor socket) {
    lose();
    link_ =
        std::make_unique<Link>(context_, std::move(socket),
                               Link::Handlers{.on_message = [this](smtpd::FromQmgr answer) { take(std::move(answer)); },
                                              .on_gone = [this](const std::string&) { lose(); }});
}

void Queue::lose() {
    link_.reset();
    commitments_.take_all(nothing_kept);
    blobs_.take_all(no_room);
}

void Queue::take(smtpd::FromQmgr answer) {
    std::visit(
        Overloaded{
            [this](smtpd::Committed& committed) {
                commitments_.take(committed.ticket, {committed.id, {250, "2.0.0", "queued"}});
            },
            [this](smtpd::Refused& refused) { commitments_.take(refused.ticket, {0, std::move(refused.reply)}); },
            [this](smtpd::BlobOpened& opened) { blobs_.take(opened.ticket, std::move(opened)); },
        },
        answer);
}

net::Task<Commitment> Queue::submit(qmgr::Submit message) {
    if (!link_) co_return nothing_kept();
    message.ticket = ++last_ticket_;
    co_return co_await commitments_.wait(message.ticket, [this, &message] { link_->send(message); });
}

net::Task<smtpd::BlobOpened> Queue::open_blob() {
    if (!link_) co_return no_room();
    const auto ticket = ++last_ticket_;
    co_return co_await blobs_.wait(ticket, [this, ticket] { link_->send(qmgr::OpenBlob{ticket}); });
}

void Queue::drop_blob(std::uint64_t ticket) {
    if (link_) link_->send(qmgr::DropBlob{ticket});
}

}  // namespace pickup
