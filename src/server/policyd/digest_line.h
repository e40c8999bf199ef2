#pragma once
// The line to keyd, which has the keys: digests go there, and signatures come back.
//
// When keyd dies, what was asked is asked of its successor; who waits has a time limit of his own.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "file/descriptor.h"
#include "ipc/link.h"
#include "ipc/tickets.h"
#include "keyd/inbox.h"
#include "net/stream.h"
#include "policyd/inbox.h"

namespace policyd {

class DigestLine {
public:
    explicit DigestLine(boost::asio::io_context& context) : context_(context) {}

    /// keyd, or its successor, which may come before the end of the other is noticed.
    void connect(file::Descriptor socket);

    /// `digest`: 32 octets. Empty: keyd does not have that key, or did not answer in time.
    net::Task<std::string> sign(keyd::DigestId key, std::string digest, std::chrono::milliseconds time);

private:
    using Link = ipc::Link<FromKeyd, keyd::FromPolicyd>;
    /// Hostile, or keyd is gone for long: more than these do not wait.
    static constexpr std::size_t most_waiting = 10'000;

    struct Waiting {
        keyd::SignDigest request;
        std::unique_ptr<boost::asio::steady_timer> timer;
    };
    void ask(std::uint64_t ticket, keyd::SignDigest request, std::chrono::milliseconds time);
    void settle(std::uint64_t ticket, std::string signature);

    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    std::map<std::uint64_t, Waiting> waiting_;
    ipc::Tickets<std::string> tickets_;
};

}  // namespace policyd
