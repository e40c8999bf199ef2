#pragma once
// Answers mail to certain addresses with what we saw of it. RFC 3834.
//
// Two programs that answer each other never stop: nothing is answered that a program or a list sent, or that comes from
// one of these addresses, and our answers have the null reverse-path and say what they are. Hostile: senders are
// forged, and the answer goes to whoever was named; so there are only so many to one address, and for one client, and
// what nobody proved to be the sender's does not come back with it: or anybody could have his message sent on by us.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "logs/log.h"
#include "policyd/config.h"
#include "policyd/content.h"
#include "policyd/inbox.h"
#include "policyd/outbox.h"
#include "policyd/rations.h"
#include "policyd/room.h"
#include "provenance/inquiry.h"
#include "reflection/letter.h"
#include "resolver/resolver.h"

namespace policyd {

class Reflector {
public:
    struct Around {
        resolver::Resolver& resolver;
        Outbox& outbox;
        const clocks::Clock& clock;
        logs::Log& log;
    };
    static constexpr std::size_t most_at_a_time = 50;

    explicit Reflector(Around around) : around_(around) {}

    /// Answers, or says in the log why not. `asked` without its content; `judgement`: what its client has heard, and
    /// the message is taken, or refused for good. `room` outlives it.
    net::Task<void> reflect(std::shared_ptr<const Config> config, Examine asked, std::shared_ptr<const Content> message,
                            Judgement judgement, Room& room);
    /// Why a message that has come for it is not answered, for the log.
    void leave(const Config& config, const Examine& asked, std::string_view why);

private:
    struct Read {
        std::string beginning;  // of the message: all of it, or as much as header and settings allow
        provenance::Findings findings;
        bool is_whole = false;
    };
    using Steady = std::chrono::steady_clock::time_point;
    net::Task<std::string> client_name(ip::Address client, Steady until);
    net::Task<bool> read(const Config& config, const Examine& asked, const Content& message, Steady until, Read& read);
    /// Empty: it is answered. Why not, for the log.
    net::Task<std::string> answer(const Config& config, const Examine& asked, const Content& message,
                                  const Judgement& judgement, Room& room);
    bool may_answer_again(const Config& config, const Examine& asked);

    Around around_;
    std::size_t under_way_ = 0;
    Rations by_sender_;
    Rations by_client_;
};

/// Whether SPF or DMARC has passed for the domain of the reverse-path.
bool is_proved(const provenance::Findings& findings, std::string_view reverse_path);

/// "192.0.2.1"; of IPv6 the /64, in which one host has as many addresses as it likes.
std::string network_of(const ip::Address& client);

}  // namespace policyd
