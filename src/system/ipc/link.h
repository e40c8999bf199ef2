#pragma once
// One end of a socketpair to another of our processes: typed messages, batched.
//
// send() only appends; the octets of everything sent during one turn of the event loop leave in one write. A frame is a
// 32-bit length and a message as codec.h writes it; descriptors travel with the first octet of their frame. A peer that
// sends a frame longer than `longest_frame`, an unknown type or a malformed message is cut off: on_gone is called, and
// master starts a new one. The receiver never dies of what a peer sends.
//
//   ipc::Link<qmgr::FromSmtpd, smtpd::FromQmgr> link(context, std::move(descriptor),
//       {.on_message = [&](qmgr::FromSmtpd message) { … }, .on_gone = [&](std::string why) { … }});
//   link.send(smtpd::Committed{…});

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "file/descriptor.h"
#include "ipc/codec.h"
#include "ipc/frame.h"

namespace boost::asio {
class io_context;
}

namespace ipc {

/// The untyped half: framing, batching, descriptors. Handlers are never called from inside send().
class Channel {
public:
    struct Handlers {
        /// A whole frame. False: malformed; the channel closes and on_gone follows.
        std::function<bool(std::string_view frame, std::deque<file::Descriptor>& descriptors)> on_frame;
        std::function<void(std::string why)> on_gone;  // once; the channel may be destroyed from inside it
    };

    /// `longest`: of the frames received.
    Channel(boost::asio::io_context& context, file::Descriptor socket, Handlers handlers,
            std::size_t longest = longest_frame);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    /// Where the next message is to be encoded: call begin(), encode, end(). False: it is longer than a frame may be,
    /// and was not sent.
    Encoded begin();
    bool end();
    std::size_t unsent() const;  // octets waiting because the peer reads slowly
    void pause_reading(bool paused);
    /// Nothing is read of a peer that does not read itself: while more than this waits for it. Hostile: or its requests
    /// would fill our memory with answers. Only one end of a link may do so, lest both wait for each other.
    void hold_back_at(std::size_t unsent);

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the asynchronous operations in flight, which may outlive the Channel
};

template <typename Incoming, typename Outgoing>
class Link {
public:
    struct Handlers {
        std::function<void(Incoming message)> on_message;
        std::function<void(std::string why)> on_gone;
    };

    Link(boost::asio::io_context& context, file::Descriptor socket, Handlers handlers,
         std::size_t longest = longest_frame)
        : channel_(context, std::move(socket),
                   {.on_frame =
                        [on_message = std::move(handlers.on_message)](std::string_view frame,
                                                                      std::deque<file::Descriptor>& descriptors) {
                            auto message = decode<Incoming>(frame, descriptors);
                            if (!message) return false;
                            on_message(std::move(*message));
                            return true;
                        },
                    .on_gone = std::move(handlers.on_gone)},
                   longest) {}

    /// False: it is too long for the other end, and was not sent.
    template <typename M>
    bool send(const M& message) {
        encode<Outgoing>(message, channel_.begin());
        return channel_.end();
    }
    std::size_t unsent() const { return channel_.unsent(); }
    void pause_reading(bool paused) { channel_.pause_reading(paused); }
    void hold_back_at(std::size_t unsent) { channel_.hold_back_at(unsent); }

private:
    Channel channel_;
};

}  // namespace ipc
