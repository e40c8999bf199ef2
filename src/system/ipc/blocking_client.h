#pragma once
// The control program's end of a conversation with a running server: no event loop, one question, its answers.
//
//   auto client = ipc::BlockingClient<admind::ToClient, admind::FromClient>::connect("/run/hermod/control");
//   client->send(qmgr::Count{.ticket = 1});
//   auto answer = client->receive(std::chrono::seconds(10));

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <string>

#include "file/descriptor.h"
#include "ipc/codec.h"
#include "ipc/receive_buffer.h"
#include "ipc/send_buffer.h"

namespace ipc {

/// Why there is no conversation; `number` is errno, 0 where the other side closed or spoke nonsense.
struct ClientError {
    int number = 0;
    std::string text;
    bool is_nobody_there() const;  // no such socket, or no server behind it
    bool is_forbidden() const;
};

/// The untyped half.
class BlockingSocket {
public:
    static std::expected<BlockingSocket, ClientError> connect(const std::string& path);
    Encoded begin() { return out_.begin(); }
    std::expected<void, ClientError> end(std::chrono::milliseconds timeout);
    /// The next frame, valid until the next call.
    std::expected<std::string_view, ClientError> receive(std::chrono::milliseconds timeout);
    std::deque<file::Descriptor>& descriptors() { return in_.descriptors(); }
    /// The process that listens at the other end; 0 where it cannot be seen from here.
    pid_t listening_process() const;
    /// A pidfd of it.
    file::Descriptor open_listening_process() const;

private:
    explicit BlockingSocket(file::Descriptor socket) : socket_(std::move(socket)) {}
    file::Descriptor socket_;
    SendBuffer out_;
    ReceiveBuffer in_;
};

template <typename Incoming, typename Outgoing>
class BlockingClient {
public:
    static std::expected<BlockingClient, ClientError> connect(const std::string& path) {
        auto socket = BlockingSocket::connect(path);
        if (!socket) return std::unexpected(std::move(socket.error()));
        return BlockingClient(std::move(*socket));
    }
    template <typename M>
    std::expected<void, ClientError> send(const M& message,
                                          std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
        encode<Outgoing>(message, socket_.begin());
        return socket_.end(timeout);
    }
    pid_t listening_process() const { return socket_.listening_process(); }
    file::Descriptor open_listening_process() const { return socket_.open_listening_process(); }
    std::expected<Incoming, ClientError> receive(std::chrono::milliseconds timeout) {
        auto frame = socket_.receive(timeout);
        if (!frame) return std::unexpected(std::move(frame.error()));
        auto message = decode<Incoming>(*frame, socket_.descriptors());
        if (!message) return std::unexpected(ClientError{0, "the server's answer is not understood: another version?"});
        return std::move(*message);
    }

private:
    explicit BlockingClient(BlockingSocket socket) : socket_(std::move(socket)) {}
    BlockingSocket socket_;
};

}  // namespace ipc
