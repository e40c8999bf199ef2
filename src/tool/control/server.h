#pragma once
// The running server that a command talks to.

#include <chrono>
#include <expected>
#include <string>

#include "admind/inbox.h"
#include "control/socket.h"
#include "ipc/blocking_client.h"

namespace control {

using Server = ipc::BlockingClient<admind::ToClient, admind::FromClient>;

constexpr std::chrono::seconds patience{30};

std::expected<Server, Trouble> connect(const ControlSocket& socket);

/// Has the server finish what is in flight, and end; waits for that, and tells of it. The exit status.
std::expected<int, Trouble> end(Server& server, bool returns_at_once);

/// Asks, and waits for the answer of type `Wanted`.
template <typename Wanted, typename Question>
std::expected<Wanted, Trouble> ask(Server& server, const Question& question) {
    if (auto sent = server.send(question); !sent) return std::unexpected(Trouble{.text = sent.error().text});
    auto answer = server.receive(patience);
    if (!answer) return std::unexpected(Trouble{.text = answer.error().text});
    if (auto* wanted = std::get_if<Wanted>(&*answer)) return std::move(*wanted);
    return std::unexpected(Trouble{.text = "the server answered something else: another version?"});
}

}  // namespace control
