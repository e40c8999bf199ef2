// `hermod status`: how the running server is.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "check/arguments.h"
#include "check/signing_site.h"
#include "control/run.h"
#include "control/server.h"
#include "text/counted.h"

namespace control {
namespace {

/// A line for each domain with keys: what is to be done about them. Others than their owner see none.
struct SigningLine {
    std::string domain;
    std::string next;
};
std::vector<SigningLine> signing_lines(const std::string& configuration) {
    std::vector<SigningLine> lines;
    const auto site = check::signing_site(configuration);
    if (!site || !site->dkim.sign) return lines;
    const auto folder = check::open_key_folder(*site);
    if (!folder || !*folder) return lines;
    for (const auto& domain : (*folder)->domains().value_or(std::vector<std::string>()))
        if (const auto keys = (*folder)->keys(domain))
            lines.push_back({domain, signing_keys::next_step(domain, *keys, site->terms(), std::time(nullptr))});
    return lines;
}

int complain(const Trouble& trouble) {
    fmt::print(stderr, "hermod status: {}\n", trouble.text);
    return trouble.status;
}

std::string time_text(std::int64_t milliseconds) {
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    return text;
}

void print(const admind::Status& status, const std::vector<SigningLine>& signing) {
    fmt::print("Hermod {}: {} for {} in the queue, {} held, {} being tried, {}\n", status.version,
               text::counted(status.totals.messages, "message"), text::counted(status.totals.recipients, "recipient"),
               status.totals.held, status.totals.in_flight, text::counted(status.totals.octets, "octet"));
    if (status.totals.oldest != 0) fmt::print("The oldest came {}\n", time_text(status.totals.oldest));
    if (status.totals.resting != 0)
        fmt::print("{} not answer, and rest for a while\n",
                   status.totals.resting == 1 ? "1 destination does"
                                              : fmt::format("{} destinations do", status.totals.resting));
    if (status.totals.local_is_paused) fmt::print("Local deliveries are PAUSED: `hermod continue` ends that\n");
    if (status.totals.remote_is_paused) fmt::print("Remote deliveries are PAUSED: `hermod continue` ends that\n");
    fmt::print("{:14} {:>8}  {:19} {:>8}  {}\n", "PROCESS", "PID", "SINCE", "RESTARTS", "FENCES");
    for (const auto& process : status.processes) {
        std::string fences = process.missing_fences.empty() ? "all" : "without";
        for (const auto& fence : process.missing_fences) fences += (fences == "without" ? " " : ", ") + fence;
        const bool runs = process.pid != 0;
        fmt::print("{:14} {:>8}  {:19} {:>8}  {}\n", fmt::format("{}/{}", process.role, process.index),
                   runs ? fmt::to_string(process.pid) : "-", runs ? time_text(process.started) : "does not run",
                   process.restarts, runs ? fences : "");
    }
    const auto now = std::time(nullptr) * std::int64_t{1000};
    for (const auto& one : status.certificates)
        fmt::print("certificate for {}: {} {}\n", fmt::join(one.names, ", "), one.expires > now ? "until" : "EXPIRED",
                   time_text(one.expires));
    for (const auto& [domain, next] : signing) fmt::print("signing keys of {}: {}\n", domain, next);
}

void print_json(const admind::Status& status, const std::vector<SigningLine>& lines) {
    boost::json::array processes;
    for (const auto& process : status.processes) {
        boost::json::array fences;
        for (const auto& fence : process.missing_fences) fences.emplace_back(fence);
        processes.push_back({{"role", process.role},
                             {"index", process.index},
                             {"pid", process.pid},
                             {"started", process.started},
                             {"restarts", process.restarts},
                             {"missing_fences", std::move(fences)}});
    }
    boost::json::array certificates;
    for (const auto& one : status.certificates)
        certificates.push_back({{"file", one.file},
                                {"names", boost::json::array(one.names.begin(), one.names.end())},
                                {"expires", one.expires}});
    boost::json::array signing;
    for (const auto& [domain, next] : lines) signing.push_back({{"domain", domain}, {"next", next}});
    const boost::json::object queue{{"messages", status.totals.messages}, {"recipients", status.totals.recipients},
                                    {"held", status.totals.held},         {"in_flight", status.totals.in_flight},
                                    {"octets", status.totals.octets},     {"oldest", status.totals.oldest},
                                    {"resting", status.totals.resting}};
    const boost::json::object paused{{"local", status.totals.local_is_paused},
                                     {"remote", status.totals.remote_is_paused}};
    const boost::json::object all{{"version", status.version},
                                  {"queue", queue},
                                  {"paused", paused},
                                  {"processes", std::move(processes)},
                                  {"certificates", std::move(certificates)},
                                  {"signing", std::move(signing)}};
    fmt::print("{}\n", boost::json::serialize(all));
}

}  // namespace

int status(std::span<char*> arguments) {
    CLI::App app("The processes of the running server, their fences, and its queue in numbers.", "hermod status");
    ControlSocket socket;
    bool json = false;
    socket.add_to(app);
    app.add_flag("--json", json, "Print as JSON");
    if (const auto ended = check::parse(app, arguments)) return *ended;
    auto server = connect(socket);
    if (!server) return complain(server.error());
    const auto seen = ask<admind::Status>(*server, admind::Command{.ticket = 1, .order = admind::Order::Status});
    if (!seen) return complain(seen.error());
    const auto signing = signing_lines(socket.configuration.path);
    if (json)
        print_json(*seen, signing);
    else
        print(*seen, signing);
    return 0;
}

}  // namespace control
