#pragma once
// policyd, as smtpd asks it: what is to be thought of a sender.
//
// No opinion: policyd is not there, or died while it was asked, or its successor took its place.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "ipc/link.h"
#include "ipc/tickets.h"
#include "net/stream.h"
#include "policyd/inbox.h"
#include "smtpd/inbox.h"

namespace smtpd {

class Opinions {
public:
    explicit Opinions(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    /// The ticket is ours to choose.
    net::Task<std::optional<policyd::Opinion>> of(policyd::CheckSender sender);

private:
    void answer_all();

    using Link = ipc::Link<FromPolicyd, policyd::FromSmtpd>;
    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    ipc::Tickets<std::optional<policyd::Opinion>> tickets_;
};

}  // namespace smtpd
