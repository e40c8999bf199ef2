#pragma once
// The deadlines of all connections of an event loop, in one timer wheel: a process may hold ten thousand that wait for
// minutes, and a timer of its own for each would cost more than the connection.
//
// Moving a deadline costs a comparison: an entry stays in its slot of the wheel and is looked at again when that slot's
// time comes. Precision is one tick; deadlines are never early.

#include <array>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>

namespace net {

/// A service of the io_context: it lives exactly as long, so that connections may die with the loop that ran them.
class Deadlines final : public boost::asio::execution_context::service {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds tick{50};
    static inline boost::asio::execution_context::id id;

    /// One connection. Its address must not change while it is watched.
    class Entry {
    public:
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

    protected:
        ~Entry() = default;  // the owner has said forget()

    private:
        friend class Deadlines;
        virtual Clock::time_point due() const = 0;  // max(): nothing is being waited for
        // Neither may destroy an entry, or watch one.
        virtual void expire(Clock::time_point now) = 0;
        virtual void stop() = 0;
        Entry* previous_ = nullptr;
        Entry* next_ = nullptr;
        std::int64_t slot_ = none;
    };

    explicit Deadlines(boost::asio::io_context& context);

    /// To be called when due() has changed; cheap when it has moved away.
    void watch(Entry& entry);
    void forget(Entry& entry);

    /// See net/stop.h.
    void begin_stop();
    bool is_stopping() const { return is_stopping_; }

    /// Where any stream of this loop may read into for a moment, so that an idle one needs no buffer.
    std::array<char, 64 * 1024>& scratch() { return scratch_; }

private:
    static constexpr std::int64_t slots = 1024;  // 51 seconds ahead; what is later comes round again
    static constexpr std::int64_t none = -1;

    void shutdown() override;
    std::int64_t slot_for(Clock::time_point due) const;
    void insert(Entry& entry, std::int64_t at);
    void arm();
    void turn();
    void look_at(Entry& entry, Clock::time_point now);
    void empty_slot(std::int64_t at, Clock::time_point now);

    boost::asio::steady_timer timer_;
    const Clock::time_point start_ = Clock::now();
    std::int64_t done_ = 0;      // the last tick whose slot was emptied
    std::int64_t armed_ = none;  // the tick the timer waits for
    std::size_t watched_ = 0;
    bool is_stopping_ = false;
    std::array<Entry*, slots> wheel_{};
    std::array<char, 64 * 1024> scratch_;
};

}  // namespace net
