#pragma once
// A worker's end of its socket: typed messages, without an event loop. It blocks, as a worker has nothing else to do.
//
// The process ends here when the other side is gone, or speaks nonsense.

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "ipc/codec.h"
#include "ipc/receive_buffer.h"
#include "ipc/send_buffer.h"

namespace owner {

template <typename Incoming, typename Outgoing>
class Dialogue {
public:
    explicit Dialogue(int socket) : socket_(socket) {}

    /// Waits for messages: all that have come. Empty: there will be none any more.
    std::vector<Incoming> wait() {
        std::vector<Incoming> messages;
        while (messages.empty()) {
            wait_for(POLLIN);
            const auto got = in_.receive(socket_);
            while (const auto frame = in_.next()) {
                auto message = ipc::decode<Incoming>(*frame, in_.descriptors());
                if (!message) ::_exit(111);
                messages.push_back(std::move(*message));
            }
            const bool is_over = got == ipc::ReceiveBuffer::Got::End || got == ipc::ReceiveBuffer::Got::Failed;
            if (is_over || in_.is_malformed()) break;
        }
        return messages;
    }

    template <typename M>
    void send(const M& message) {
        ipc::encode<Outgoing>(message, out_.begin());
        out_.end();
        while (out_.unsent() > 0) {
            const int error = out_.write_to(socket_);
            if (error == EAGAIN)
                wait_for(POLLOUT);
            else if (error != 0)
                ::_exit(0);  // nobody wants to know
        }
    }

private:
    void wait_for(short events) const {
        pollfd descriptor{socket_, events, 0};
        while (::poll(&descriptor, 1, -1) < 0)
            if (errno != EINTR) ::_exit(111);
    }

    int socket_;
    ipc::ReceiveBuffer in_;
    ipc::SendBuffer out_;
};

}  // namespace owner
