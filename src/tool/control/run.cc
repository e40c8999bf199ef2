#include "control/run.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "check/arguments.h"
#include "control/server.h"
#include "text/counted.h"

namespace control {
namespace {

/// What `hermod NAME` is asked with: options, and perhaps which deliveries it is about.
struct Order {
    const char* name;
    ControlSocket socket;
    qmgr::Traffic traffic = qmgr::Traffic::All;

    int complain(const Trouble& trouble) const {
        fmt::print(stderr, "{}: {}\n", name, trouble.text);
        return trouble.status;
    }
};

int tell(Order& order, CLI::App& app, std::span<char*> arguments, admind::Order what) {
    order.socket.add_to(app);
    if (const auto ended = check::parse(app, arguments)) return *ended;
    auto server = connect(order.socket);
    if (!server) return order.complain(server.error());
    const auto answer = ask<admind::Answer>(*server, admind::Command{.ticket = 1, .order = what});
    if (!answer) return order.complain(answer.error());
    fmt::print(answer->done ? stdout : stderr, "{}\n", answer->text);
    return answer->done ? 0 : 1;
}

void add_traffic(CLI::App& app, qmgr::Traffic& traffic) {
    using enum qmgr::Traffic;
    const std::map<std::string, qmgr::Traffic> kinds{{"all", All}, {"local", Local}, {"remote", Remote}};
    app.add_option("WHICH", traffic, "local (to mailboxes and programs here), remote (to other servers), or all")
        ->transform(CLI::CheckedTransformer(kinds));
}

std::string_view paused_text(const admind::Totals& totals) {
    if (totals.local_is_paused && totals.remote_is_paused) return "all deliveries are paused; mail is taken, and waits";
    if (totals.local_is_paused) return "local deliveries are paused; mail is taken, and waits";
    if (totals.remote_is_paused) return "remote deliveries are paused; mail is taken, and waits";
    return "deliveries go on";
}

int pause_or_resume(Order& order, CLI::App& app, std::span<char*> arguments, bool is_over) {
    order.socket.add_to(app);
    add_traffic(app, order.traffic);
    if (const auto ended = check::parse(app, arguments)) return *ended;
    auto server = connect(order.socket);
    if (!server) return order.complain(server.error());
    const auto totals =
        ask<admind::Totals>(*server, qmgr::Pause{.ticket = 1, .traffic = order.traffic, .is_over = is_over});
    if (!totals) return order.complain(totals.error());
    fmt::print("{}\n", paused_text(*totals));
    return 0;
}

}  // namespace

int reload(std::span<char*> arguments) {
    Order order{.name = "hermod reload", .socket = {}};
    CLI::App app(
        "Takes the configuration anew, without dropping a session. What is wrong with it is told, and the "
        "old one stays in force.",
        order.name);
    return tell(order, app, arguments, admind::Order::Reload);
}

int pause(std::span<char*> arguments) {
    Order order{.name = "hermod pause", .socket = {}};
    CLI::App app("No new deliveries until `hermod continue`. Mail is taken all the same, and waits.", order.name);
    return pause_or_resume(order, app, arguments, /*is_over=*/false);
}

int resume(std::span<char*> arguments) {
    Order order{.name = "hermod continue", .socket = {}};
    CLI::App app("Ends what `hermod pause` began.", order.name);
    return pause_or_resume(order, app, arguments, /*is_over=*/true);
}

int flush(std::span<char*> arguments) {
    Order order{.name = "hermod flush", .socket = {}};
    CLI::App app("Everything that waits in the queue is due now, whatever its schedule says.", order.name);
    order.socket.add_to(app);
    if (const auto ended = check::parse(app, arguments)) return *ended;
    auto server = connect(order.socket);
    if (!server) return order.complain(server.error());
    const qmgr::Act all{.ticket = 1, .action = qmgr::Action::Retry, .filter = {.all = true}};
    const auto acted = ask<admind::Acted>(*server, all);
    if (!acted) return order.complain(acted.error());
    const auto totals = ask<admind::Totals>(*server, qmgr::Count{.ticket = 2});
    if (!totals) return order.complain(totals.error());
    const bool is_paused = totals->local_is_paused || totals->remote_is_paused;
    fmt::print("{} due now{}\n", text::counted(acted->messages, "message"),
               is_paused ? fmt::format("; but {}", paused_text(*totals)) : "");
    return 0;
}

int cdb(std::span<char*>) {
    fmt::print("nothing to do: no table is compiled; `hermod reload` takes what was changed\n");
    return 0;
}

}  // namespace control
