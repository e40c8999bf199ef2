#pragma once
// reader, as it is asked by pop3d: open the mailbox that this key is for.
//
// When reader dies, or a link to its successor takes the place of this one, every open question is answered with Later.

#include <boost/asio/io_context.hpp>
#include <memory>

#include "ipc/link.h"
#include "ipc/tickets.h"
#include "net/stream.h"
#include "pop3d/inbox.h"
#include "reader/inbox.h"

namespace pop3d {

class Mailroom {
public:
    explicit Mailroom(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    net::Task<Opened> open(reader::Key key);
    boost::asio::io_context& context() { return context_; }

private:
    using Link = ipc::Link<FromReader, reader::FromPop3d>;
    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    ipc::Tickets<Opened> tickets_;
};

}  // namespace pop3d
