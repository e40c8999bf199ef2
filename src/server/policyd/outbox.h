#pragma once
// policyd's own letters on their way into the queue: reports and reflections, from the null reverse-path (RFC 5321
// §4.5.5), so that nothing comes back and nothing can go in circles.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "directory/inbox.h"
#include "net/stream.h"
#include "submitter/queue.h"

namespace policyd {

class Outbox {
public:
    /// The fields that sign a message, to be put in front of it; empty: there are none.
    using Sign = std::function<net::Task<std::string>(std::string message)>;

    using LookUp = std::function<net::Task<directory::Resolved>(directory::LookUp question)>;

    Outbox(submitter::Queue& queue, const clocks::Clock& clock) : queue_(queue), clock_(clock) {}
    /// By whom directory is asked; before anything is sent.
    void look_up_by(LookUp look_up) { look_up_ = std::move(look_up); }
    void sign_with(Sign sign) { sign_ = std::move(sign); }

    struct Resolved {
        std::vector<spool::Recipient> recipients;
        std::vector<std::string> addresses;  // of them, as they were asked for
        std::string refusal;                 // of another, for the log; empty: there is none
        bool is_temporary = false;           // one could not be looked up
    };
    net::Task<Resolved> resolve(std::vector<std::string> addresses);
    /// The queue id, or why not.
    net::Task<std::expected<std::uint64_t, std::string>> send(std::string hostname, std::string message, bool is_8bit,
                                                              std::vector<spool::Recipient> recipients);

    std::int64_t now() const {
        return std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
    }

private:
    submitter::Queue& queue_;
    const clocks::Clock& clock_;
    LookUp look_up_;
    Sign sign_;
};

}  // namespace policyd
