#pragma once
// libunbound's sockets and timers on our own event loop, by its pluggable event base. Its state machines then run on
// our thread: no second thread, no pipe, and a cached answer costs microseconds.
//
// An event owns its wait, not its descriptor: libunbound opens and closes those. A callback may change or free the
// event it is called for, and completions that were under way then come too late; a generation counter drops them.

#include <boost/asio/io_context.hpp>

// After the standard headers: it declares structures of its own with C linkage.
#include <unbound-event.h>

namespace resolver {

class EventBase {
public:
    explicit EventBase(boost::asio::io_context& context);
    EventBase(const EventBase&) = delete;
    EventBase& operator=(const EventBase&) = delete;

    /// For ub_ctx_create_ub_event(); must outlive that context.
    ub_event_base* get() { return &base_; }

private:
    struct Base : ub_event_base {
        boost::asio::io_context* context = nullptr;
    };
    friend struct Event;
    Base base_;
};

}  // namespace resolver
