// `hermod stop`: tells the server to end, and returns when it has.

#include <fmt/format.h>
#include <poll.h>

#include <cstdio>

#include "check/arguments.h"
#include "control/run.h"
#include "control/server.h"
#include "lang/try.h"

namespace control {
namespace {

constexpr std::chrono::milliseconds longest_stop = std::chrono::seconds(70);  // process.stop_timeout is 60 s at most

int complain(const Trouble& trouble) {
    fmt::print(stderr, "hermod stop: {}\n", trouble.text);
    return trouble.status;
}

/// False: it has not ended in time. Where it cannot be seen from here, the end of the conversation must do.
bool wait_for_end(const file::Descriptor& process, Server& server) {
    if (!process) {
        while (server.receive(longest_stop)) continue;
        return true;
    }
    pollfd ended{process.get(), POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(longest_stop.count())) > 0;
}

}  // namespace

std::expected<int, Trouble> end(Server& server, bool returns_at_once) {
    const auto master = server.open_listening_process();  // before it may be gone
    const auto answer = TRY(ask<admind::Answer>(server, admind::Command{.ticket = 1, .order = admind::Order::Stop}));
    fmt::print(answer.done ? stdout : stderr, "{}\n", answer.text);
    if (!answer.done) return 1;
    if (returns_at_once) return 0;
    std::fflush(stdout);
    if (!wait_for_end(master, server))
        return std::unexpected(Trouble{.text = "the server takes longer to stop than it should"});
    fmt::print("stopped\n");
    std::fflush(stdout);
    return 0;
}

int stop(std::span<char*> arguments) {
    CLI::App app("Finishes what is in flight, and ends the server. What waits in the queue waits on disk.",
                 "hermod stop");
    ControlSocket socket;
    socket.add_to(app);
    bool returns_at_once = false;
    app.add_flag("--no-wait", returns_at_once, "Return when the server has begun to stop");
    if (const auto ended = check::parse(app, arguments)) return *ended;
    auto server = connect(socket);
    if (!server) return complain(server.error());
    const auto stopped = end(*server, returns_at_once);
    return stopped ? *stopped : complain(stopped.error());
}

}  // namespace control
