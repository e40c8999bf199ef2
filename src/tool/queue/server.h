#pragma once
// Questions to the running server about its queue, one after another. Pages are asked for as they are printed, so that
// a queue of millions needs no more memory here than a queue of hundreds.

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "admind/inbox.h"
#include "control/socket.h"
#include "ipc/blocking_client.h"
#include "qmgr/inbox.h"

namespace queue {

template <typename T>
using Answer = std::expected<T, control::Trouble>;

class Server {
public:
    static Answer<Server> connect(const std::string& control_socket);

    /// Every message the filter means, in order of id, until `visit` says false.
    Answer<void> for_each(const qmgr::Filter& filter, const std::function<bool(const admind::QueuedMessage&)>& visit);
    Answer<admind::Acted> act(qmgr::Action action, const qmgr::Filter& filter);
    Answer<admind::Content> fetch(std::uint64_t id);

private:
    using Client = ipc::BlockingClient<admind::ToClient, admind::FromClient>;
    explicit Server(Client client) : client_(std::move(client)) {}
    template <typename Wanted, typename Question>
    Answer<Wanted> ask(Question question);

    Client client_;
    std::uint64_t ticket_ = 0;
};

}  // namespace queue
