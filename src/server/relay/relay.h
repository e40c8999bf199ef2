#pragma once
// Sends mail to other servers: attempts in, outcomes out. RFC 5321 §5, RFC 2033.
//
// A Pool for each destination that has work. The same code runs in the process (main.cc) and in the simulator:
// everything outside comes by Means, and time by tick().

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "qmgr/inbox.h"
#include "relay/inbox.h"
#include "relay/pool.h"

namespace relay {

/// How often tick() should be called while is_busy().
constexpr std::chrono::milliseconds tick_interval{250};

class Relay {
public:
    /// `report` is called once for each attempt; from inside on() where there is nothing to try.
    Relay(boost::asio::io_context& context, Means& means, std::function<void(qmgr::AttemptDone)> report);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    void on(Attempt attempt);
    void on(const Connections& connections);
    void tick();

    /// No new attempts: what was not begun is given back now, what is being sent may end.
    void stop();
    /// Ends all conversations at once; what was being sent is reported as lost.
    void abandon();
    /// Their qmgr is gone, and a new one will order them anew: end them, and tell nobody.
    void forget_attempts();

    /// Whether there is any connection or attempt.
    bool is_busy() const { return !pools_.empty(); }
    /// Whether any attempt is open; any server at the other end of a connection. See Pool.
    bool is_sending() const;
    bool is_conversing() const;
    std::size_t connections() const { return means_.connections; }

private:
    Pool* pool_for(const std::string& destination);

    boost::asio::io_context& context_;
    Means& means_;
    Pool::Report report_;
    std::map<std::string, std::unique_ptr<Pool>> pools_;
    std::map<std::string, std::uint32_t> most_;  // where qmgr said something else than the settings
    bool is_stopping_ = false;
};

}  // namespace relay
