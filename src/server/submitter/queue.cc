#include "submitter/queue.h"

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "lang/overloaded.h"

namespace submitter {
namespace {

Commitment nothing_kept() { return {.id = 0, .reply = {451, "4.3.0", "The queue is not available at the moment"}}; }
/// Of a message no more than its beginning is in a frame: it is the recipients, 500 octets of ORCPT each.
Commitment too_long() { return {.id = 0, .reply = {552, "5.3.4", "The recipients' parameters are too long together"}}; }

}  // namespace

void Queue::connect(file::Descriptor socket) {
    link_ =
        std::make_unique<Link>(context_, std::move(socket),
                               Link::Handlers{.on_message = [this](smtpd::FromQmgr answer) { take(std::move(answer)); },
                                              .on_gone =
                                                  [this](const std::string&) {
                                                      link_.reset();
                                                      answer_all();
                                                  }});
    answer_all();  // asked of the predecessor, whose end we may not have heard of yet
}

void Queue::answer_all() {
    commitments_.take_all(nothing_kept);
    blobs_.take_all([] { return smtpd::BlobOpened{}; });
}

void Queue::take(smtpd::FromQmgr answer) {
    std::visit(
        Overloaded{
            [this](smtpd::Committed& committed) {
                auto text = fmt::format("{} queued", spool::to_text(committed.id));
                commitments_.take(committed.ticket, {committed.id, {250, "2.0.0", std::move(text)}});
            },
            [this](smtpd::Refused& refused) { commitments_.take(refused.ticket, {0, std::move(refused.reply)}); },
            [this](smtpd::BlobOpened& opened) { blobs_.take(opened.ticket, std::move(opened)); },
        },
        answer);
}

net::Task<Commitment> Queue::submit(qmgr::Submit message) {
    if (!link_) co_return nothing_kept();
    co_return co_await commitments_.wait([this, &message](std::uint64_t ticket) {
        message.ticket = ticket;
        if (!link_->send(message))
            boost::asio::post(context_, [this, ticket] { commitments_.take(ticket, too_long()); });
    });
}

net::Task<smtpd::BlobOpened> Queue::open_blob() {
    if (!link_) co_return smtpd::BlobOpened{};
    co_return co_await blobs_.wait([this](std::uint64_t ticket) { link_->send(qmgr::OpenBlob{ticket}); });
}

void Queue::drop_blob(std::uint64_t ticket) {
    if (link_) link_->send(qmgr::DropBlob{ticket});
}

}  // namespace submitter
