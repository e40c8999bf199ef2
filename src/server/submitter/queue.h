#pragma once
// qmgr, as it is asked by those who bring mail in: is the message safe? (RFC 5321 §4.2.5)
//
// When qmgr dies, or a link to its successor takes the place of this one, every open question is answered as temporary
// trouble (451); the next one goes to the successor. Files that the dead one opened are no use any more: a message
// handed over in one of them is refused as temporary trouble too.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "ipc/link.h"
#include "ipc/tickets.h"
#include "net/stream.h"
#include "qmgr/inbox.h"
#include "smtpd/inbox.h"

namespace submitter {

/// Of a message handed over: its queue id, or why not; and the reply that a client hears.
struct Commitment {
    std::uint64_t id = 0;  // 0: refused
    smtp::Reply reply;
};

class Queue {
public:
    explicit Queue(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    net::Task<Commitment> submit(qmgr::Submit message);
    /// Where to write a message that is too long for memory. No descriptor: there is no room.
    net::Task<smtpd::BlobOpened> open_blob();
    void drop_blob(std::uint64_t ticket);

private:
    using Link = ipc::Link<smtpd::FromQmgr, qmgr::FromSmtpd>;
    void answer_all();
    void take(smtpd::FromQmgr answer);

    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    ipc::Tickets<Commitment> commitments_;
    ipc::Tickets<smtpd::BlobOpened> blobs_;
};

}  // namespace submitter
