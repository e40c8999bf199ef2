#include "resolver/event_base.h"

#include <sys/time.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

namespace resolver {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Callback = void (*)(int, short, void*);

/// What libunbound waits for: a socket, a moment, or whichever comes first.
class Wait : public std::enable_shared_from_this<Wait> {
public:
    Wait(asio::io_context& context, int fd, short bits, Callback callback, void* argument)
        : context_(context), timer_(context), fd_(fd), bits_(bits), callback_(callback), argument_(argument) {}

    void add_bits(short bits) {
        stop();
        bits_ = static_cast<short>(bits_ | bits);
    }
    void remove_bits(short bits) {
        stop();
        bits_ = static_cast<short>(bits_ & ~bits);
    }
    void set_descriptor(int fd) {
        stop();
        fd_ = fd;
    }
    void set_callback(Callback callback, void* argument) {
        callback_ = callback;
        argument_ = argument;
    }

    void start(const timeval* timeout) {
        stop();
        is_started_ = true;
        timeout_.reset();
        if (timeout) timeout_ = std::chrono::seconds(timeout->tv_sec) + std::chrono::microseconds(timeout->tv_usec);
        if (fd_ >= 0 && (bits_ & (UB_EV_READ | UB_EV_WRITE)) != 0) descriptor_.emplace(context_, fd_);
        listen();
    }

    void stop() {
        ++generation_;
        if (!is_started_) return;
        is_started_ = false;
        timer_.cancel();
        if (descriptor_) descriptor_->release();  // libunbound closes it
        descriptor_.reset();
    }

private:
    auto on_event(short what) {
        return [self = shared_from_this(), generation = generation_, what](error_code error) {
            if (!error && self->generation_ == generation) self->fire(what);
        };
    }

    void listen() {
        if (descriptor_ && (bits_ & UB_EV_READ) != 0)
            descriptor_->async_wait(asio::posix::descriptor_base::wait_read, on_event(UB_EV_READ));
        if (descriptor_ && (bits_ & UB_EV_WRITE) != 0)
            descriptor_->async_wait(asio::posix::descriptor_base::wait_write, on_event(UB_EV_WRITE));
        if (!timeout_) return;
        timer_.expires_after(*timeout_);
        timer_.async_wait(on_event(UB_EV_TIMEOUT));
    }

    void fire(short what) {
        const bool persists = (bits_ & UB_EV_PERSIST) != 0 && what != UB_EV_TIMEOUT;
        if (persists)
            ++generation_;  // of read, write and timer only one counts
        else
            stop();
        const auto generation = generation_;
        callback_(fd_, what, argument_);  // may stop, change or free this event
        if (!persists || generation_ != generation) return;
        ++generation_;
        if (timeout_) timer_.cancel();
        listen();
    }

    asio::io_context& context_;
    asio::steady_timer timer_;
    std::optional<asio::posix::stream_descriptor> descriptor_;
    int fd_;
    short bits_;
    Callback callback_;
    void* argument_;
    std::optional<std::chrono::microseconds> timeout_;
    std::uint64_t generation_ = 0;
    bool is_started_ = false;
};

}  // namespace

struct Event : ub_event {
    std::shared_ptr<Wait> wait;  // shared with the completions under way, which may come after the event is freed

    static Event& of(ub_event* event) { return *static_cast<Event*>(event); }
    static ub_event* make(ub_event_base* base, int fd, short bits, Callback callback, void* argument);
    static asio::io_context& context_of(ub_event_base* base) { return *static_cast<EventBase::Base*>(base)->context; }
};

namespace {

ub_event_vmt event_functions() {
    ub_event_vmt functions{};
    functions.add_bits = [](ub_event* event, short bits) { Event::of(event).wait->add_bits(bits); };
    functions.del_bits = [](ub_event* event, short bits) { Event::of(event).wait->remove_bits(bits); };
    functions.set_fd = [](ub_event* event, int fd) { Event::of(event).wait->set_descriptor(fd); };
    functions.free = [](ub_event* event) {
        Event::of(event).wait->stop();
        delete &Event::of(event);
    };
    functions.add = [](ub_event* event, timeval* timeout) {
        Event::of(event).wait->start(timeout);
        return 0;
    };
    functions.del = [](ub_event* event) {
        Event::of(event).wait->stop();
        return 0;
    };
    functions.add_timer = [](ub_event* event, ub_event_base*, Callback callback, void* argument, timeval* timeout) {
        Event::of(event).wait->set_callback(callback, argument);
        Event::of(event).wait->start(timeout);
        return 0;
    };
    functions.del_timer = functions.del;
    functions.add_signal = [](ub_event*, timeval*) { return -1; };  // libunbound never calls this one and those below
    functions.del_signal = [](ub_event*) { return -1; };
    functions.winsock_unregister_wsaevent = [](ub_event*) {};
    functions.winsock_tcp_wouldblock = [](ub_event*, int) {};
    return functions;
}

}  // namespace

ub_event* Event::make(ub_event_base* base, int fd, short bits, Callback callback, void* argument) {
    static ub_event_vmt functions = event_functions();
    auto* event = new Event;  // freed by `free` above, when libunbound says so
    event->magic = UB_EVENT_MAGIC;
    event->vmt = &functions;
    event->wait = std::make_shared<Wait>(context_of(base), fd, bits, callback, argument);
    return event;
}

EventBase::EventBase(asio::io_context& context) {
    static ub_event_base_vmt functions{
        .free = [](ub_event_base*) {},
        .dispatch = [](ub_event_base*) { return 0; },
        .loopexit = [](ub_event_base*, timeval*) { return 0; },
        .new_event = &Event::make,
        .new_signal = [](ub_event_base*, int, Callback, void*) -> ub_event* { return nullptr; },
        .winsock_register_wsaevent = [](ub_event_base*, void*, Callback, void*) -> ub_event* { return nullptr; },
    };
    base_.magic = UB_EVENT_MAGIC;
    base_.vmt = &functions;
    base_.context = &context;
}

}  // namespace resolver
