#pragma once
// Memory for the messages that are looked at: who needs more than there is waits for his turn, first come, first
// served. What a message takes is known well enough beforehand, and better once its header has been read. Nobody waits
// beyond his time, and where too many wait already nobody joins them.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "net/stream.h"

namespace policyd {

class Room {
public:
    static constexpr std::size_t most_waiting = 1'000;

    explicit Room(std::size_t octets) : free_(octets), whole_(octets) {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

    /// Given back when it ends; the room outlives it.
    class Share {
    public:
        Share(Room& room, std::size_t octets) : room_(&room), octets_(octets) {}
        Share(Share&& other) noexcept : room_(std::exchange(other.room_, nullptr)), octets_(other.octets_) {}
        Share& operator=(Share&&) = delete;
        ~Share() {
            if (room_ != nullptr) room_->give_back(octets_);
        }
        /// It turns out to be no more than that.
        void shrink_to(std::size_t octets);

    private:
        Room* room_;
        std::size_t octets_;
    };

    /// More than all of it is all of it. None: there is none by then.
    net::Task<std::optional<Share>> take(std::size_t octets, std::chrono::steady_clock::time_point until);
    std::size_t free() const { return free_; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct Waiting {
        Waiting(const boost::asio::any_io_executor& executor, std::size_t octets_) : timer(executor), octets(octets_) {}
        boost::asio::steady_timer timer;
        std::size_t octets;
        bool is_served = false;
    };

    void give_back(std::size_t octets);
    void serve();

    std::size_t free_;
    std::size_t whole_;
    std::deque<std::shared_ptr<Waiting>> waiting_;  // shared with the conversations that wait
};

}  // namespace policyd
