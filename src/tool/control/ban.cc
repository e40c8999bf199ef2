// `hermod ban`: clients that may not log in for a time, because they guessed too often.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>

#include "check/arguments.h"
#include "control/run.h"
#include "control/server.h"
#include "ip/address.h"
#include "text/counted.h"

namespace control {
namespace {

constexpr const char* name = "hermod ban";

struct Request {
    ControlSocket socket;
    std::string network;
    bool json = false;
};

int complain(const std::string& text, int status) {
    fmt::print(stderr, "{}: {}\n", name, text);
    return status;
}

std::string time_left(std::uint64_t seconds) {
    return seconds < 120 ? fmt::format("{} s", seconds) : fmt::format("{} min", seconds / 60);
}

int list(const Request& request) {
    auto server = connect(request.socket);
    if (!server) return complain(server.error().text, server.error().status);
    const auto bans = ask<admind::Bans>(*server, directory::ListBans{.ticket = 1});
    if (!bans) return complain(bans.error().text, bans.error().status);
    for (const auto& ban : bans->bans) {
        if (request.json)
            fmt::print("{}\n",
                       boost::json::serialize(boost::json::object{{"network", ban.network}, {"seconds", ban.seconds}}));
        else
            fmt::print("{:43} for another {}\n", ban.network, time_left(ban.seconds));
    }
    return 0;
}

int lift(const Request& request) {
    const auto network = ip::parse_network(request.network);
    if (!network) return complain(request.network + " is no IP address or network", Trouble::misconfigured);
    auto server = connect(request.socket);
    if (!server) return complain(server.error().text, server.error().status);
    const auto lifted =
        ask<admind::Lifted>(*server, directory::LiftBans{.ticket = 1, .network = ip::to_text(*network)});
    if (!lifted) return complain(lifted.error().text, lifted.error().status);
    fmt::print("{} lifted\n", text::counted(lifted->bans, "ban"));
    return lifted->bans > 0 ? 0 : 1;
}

CLI::App* add_command(CLI::App& app, const char* verb, const char* meaning, Request& request) {
    auto* command = app.add_subcommand(verb, meaning);
    request.socket.add_to(*command);
    return command;
}

}  // namespace

int ban(std::span<char*> arguments) {
    CLI::App app("Clients that may not log in for a time, because they guessed too often.", name);
    app.require_subcommand(1);
    Request request;
    auto* const list_command = add_command(app, "list", "List them", request);
    list_command->add_flag("--json", request.json, "Print JSON");
    auto* const lift_command = add_command(app, "lift", "Let them in again, and forget what they did", request);
    lift_command->add_option("NETWORK", request.network, "An address, or a network such as 192.0.2.0/24")->required();
    if (const auto ended = check::parse(app, arguments)) return *ended;
    return *list_command ? list(request) : lift(request);
}

}  // namespace control
