#pragma once
// directory, as it is asked by those who bring mail in: may this be a recipient? And who is this client (login/desk.h)?
//
// When directory dies, or a link to its successor takes the place of this one, every open question is answered as
// temporary trouble (451); the next question goes to the successor.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "directory/inbox.h"
#include "ipc/link.h"
#include "ipc/tickets.h"
#include "login/desk.h"
#include "net/stream.h"
#include "smtpd/inbox.h"

namespace submitter {

class Directory {
public:
    explicit Directory(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    /// The ticket is ours to choose.
    net::Task<directory::Resolved> look_up(directory::LookUp question);
    /// Who keeps a door hears who is not to be let in.
    void on_bars(std::function<void(const smtpd::Bars&)> tell) { tell_bars_ = std::move(tell); }
    void talked_early(const ip::Address& client) {
        if (link_) link_->send(directory::TalkedEarly{client});
    }
    /// Where clients log in.
    login::Desk& logins() { return desk_; }

private:
    void take(smtpd::FromDirectory answer);
    void answer_all();

    using Link = ipc::Link<smtpd::FromDirectory, directory::FromSmtpd>;
    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    ipc::Tickets<directory::Resolved> tickets_;
    std::function<void(const smtpd::Bars&)> tell_bars_;
    login::Desk desk_{login::Desk::line([this](const auto& message) { return link_ && link_->send(message); })};
};

}  // namespace submitter
