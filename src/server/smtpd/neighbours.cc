#include "smtpd/neighbours.h"

#include <fmt/format.h>

#include "lang/overloaded.h"

namespace smtpd {
namespace {

directory::Resolved nobody_knows(std::uint64_t ticket) {
    return {
        .ticket = ticket, .reply = {451, "4.3.0", "Recipients cannot be looked up at the moment"}, .recipients = {}};
}

Commitment nothing_kept(std::uint64_t) { return {.reply = {451, "4.3.0", "The queue is not available at the moment"}}; }

BlobOpened no_room(std::uint64_t ticket) { return {.ticket = ticket, .file = {}}; }

}  // namespace

void Directory::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message =
                                                      [this](FromDirectory answer) {
                                                          auto& resolved = std::get<directory::Resolved>(answer);
                                                          tickets_.take(resolved.ticket, std::move(resolved));
                                                      },
                                                  .on_gone =
                                                      [this](const std::string&) {
                                                          link_.reset();
                                                          tickets_.take_all(nobody_knows);
                                                      }});
}

net::Task<directory::Resolved> Directory::look_up(std::string address, bool may_relay) {
    if (!link_) co_return nobody_knows(0);
    co_return co_await tickets_.wait([this, &address, may_relay](std::uint64_t ticket) {
        link_->send(directory::LookUp{ticket, std::move(address), may_relay});
    });
}

void Queue::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message = [this](FromQmgr answer) { take(std::move(answer)); },
                                                  .on_gone = [this](const std::string&) { lost(); }});
}

void Queue::lost() {
    link_.reset();
    commitments_.take_all(nothing_kept);
    blobs_.take_all(no_room);
}

void Queue::take(FromQmgr answer) {
    std::visit(Overloaded{
                   [this](Committed& committed) {
                       auto text = fmt::format("{} queued", spool::to_text(committed.id));
                       commitments_.take(committed.ticket, {committed.id, {250, "2.0.0", std::move(text)}});
                   },
                   [this](Refused& refused) { commitments_.take(refused.ticket, {0, std::move(refused.reply)}); },
                   [this](BlobOpened& opened) { blobs_.take(opened.ticket, std::move(opened)); },
               },
               answer);
}

net::Task<Commitment> Queue::submit(qmgr::Submit message) {
    if (!link_) co_return nothing_kept(0);
    co_return co_await commitments_.wait([this, &message](std::uint64_t ticket) {
        message.ticket = ticket;
        link_->send(message);
    });
}

net::Task<BlobOpened> Queue::open_blob() {
    if (!link_) co_return no_room(0);
    co_return co_await blobs_.wait([this](std::uint64_t ticket) { link_->send(qmgr::OpenBlob{ticket}); });
}

void Queue::drop_blob(std::uint64_t ticket) {
    if (link_) link_->send(qmgr::DropBlob{ticket});
}

}  // namespace smtpd
