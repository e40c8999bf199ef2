#pragma once
// The line to keyd: signatures by asking, and the ticket keys it hands out.
//
// When keyd dies, what was asked waits for its successor; a handshake that has no time left for that fails by itself.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>

#include "encryption/inbox.h"
#include "file/descriptor.h"
#include "ipc/link.h"
#include "keyd/inbox.h"
#include "tls/signer.h"
#include "tls/ticket_keys.h"

namespace encryption {

class Keyring final : public tls::Signer {
public:
    explicit Keyring(boost::asio::io_context& context) : context_(context) {}

    /// keyd, or its successor, which may come before the end of the other is noticed.
    void connect(file::Descriptor socket);
    void sign(tls::ToSign what, Done done) override;
    const tls::TicketKeys& tickets() const { return tickets_; }

private:
    /// Hostile, or keyd is gone for long: more handshakes than this do not wait.
    static constexpr std::size_t most_waiting = 10'000;

    using Link = ipc::Link<FromKeyd, keyd::FromServer>;
    struct Waiting {
        keyd::SignHandshake request;
        Done done;
    };
    void take(FromKeyd message);

    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, Waiting> waiting_;
    tls::TicketKeys tickets_;
};

}  // namespace encryption
