#pragma once
// Answers those who ask for signatures, and gives them the keys for session tickets, anew every hour.
//
// After a reload a process may have the new certificate a moment before the new key is here; its question waits for
// that moment. Who asks for a key that does not come is refused.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "encryption/inbox.h"
#include "ipc/link.h"
#include "keyd/inbox.h"
#include "keyd/keys.h"

namespace keyd {

constexpr std::chrono::minutes new_ticket_keys_after{60};
/// For handshakes that began with the certificate of before a reload, and processes that have not heard of it yet.
constexpr std::chrono::minutes old_keys_kept{2};
constexpr std::size_t ticket_keys_kept = 3;  // sessions last two hours (tls::longest_session)

class Service {
public:
    /// `random` fills with octets that nobody can guess.
    using Random = std::function<void(void* octets, std::size_t count)>;
    Service(boost::asio::io_context& context, Random random);

    void use(Keys keys);
    void connect(process::Peer peer);
    /// What happens every hour.
    void renew_ticket_keys();

private:
    using Link = ipc::Link<FromServer, encryption::FromKeyd>;
    using Who = std::pair<process::Role, std::uint8_t>;
    struct Late {
        Who who;
        std::uint64_t connection = 0;  // the neighbour may be another when the key comes
        SignHandshake request;
    };
    struct Neighbour {
        std::unique_ptr<Link> link;
        std::uint64_t connection = 0;
    };
    static constexpr std::size_t most_late = 1000;
    static constexpr std::chrono::seconds longest_late{3};

    void take(Who who, SignHandshake request);
    void answer(Neighbour& neighbour, const SignHandshake& request);
    void settle_late(bool is_over);
    void arm();

    boost::asio::io_context& context_;
    Random random_;
    boost::asio::steady_timer renewal_;
    boost::asio::steady_timer lateness_;
    boost::asio::steady_timer farewell_;
    Keys keys_;
    Keys old_keys_;
    std::map<Who, Neighbour> neighbours_;
    std::uint64_t connections_ = 0;
    std::deque<Late> late_;
    std::vector<tls::TicketKey> ticket_keys_;
};

}  // namespace keyd
