#pragma once
// directory, as it is asked by those who bring mail in: may this be a recipient?
//
// When directory dies, or a link to its successor takes the place of this one, every open question is answered as
// temporary trouble (451); the next question goes to the successor.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "directory/inbox.h"
#include "ipc/link.h"
#include "smtpd/inbox.h"
#include "submitter/tickets.h"

namespace submitter {

class Directory {
public:
    explicit Directory(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    net::Task<directory::Resolved> look_up(std::string address, bool may_relay);

private:
    using Link = ipc::Link<smtpd::FromDirectory, directory::FromSmtpd>;
    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    Tickets<directory::Resolved> tickets_;
};

}  // namespace submitter
