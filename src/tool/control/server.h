#pragma once
// The running server that a command talks to, found by the control socket its configuration names.

#include <chrono>
#include <expected>
#include <string>

#include "admind/inbox.h"
#include "ipc/blocking_client.h"

namespace control {

using Server = ipc::BlockingClient<admind::ToClient, admind::FromClient>;

constexpr std::chrono::seconds patience{30};

/// Why there is no conversation, for people; and the exit status that says so: 1 nobody there or not allowed, 2 the
/// configuration cannot be read.
struct Trouble {
    int status = 1;
    std::string text;
};

std::expected<Server, Trouble> connect(const std::string& configuration);

/// Asks, and waits for the answer of type `Wanted`.
template <typename Wanted, typename Question>
std::expected<Wanted, Trouble> ask(Server& server, const Question& question) {
    if (auto sent = server.send(question); !sent) return std::unexpected(Trouble{1, sent.error().text});
    auto answer = server.receive(patience);
    if (!answer) return std::unexpected(Trouble{1, answer.error().text});
    if (auto* wanted = std::get_if<Wanted>(&*answer)) return std::move(*wanted);
    return std::unexpected(Trouble{1, "the server answered something else: another version?"});
}

}  // namespace control
