// `hermod acme`: what acmed is asked by an administrator.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "check/arguments.h"
#include "control/run.h"
#include "control/server.h"

namespace control {
namespace {

constexpr std::chrono::minutes longest_business{40};  // acmed gives up after half an hour; and the hook may be slow

int complain(const Trouble& trouble) {
    fmt::print(stderr, "hermod acme: {}\n", trouble.text);
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

std::string plan_text(const admind::CertificateState& state) {
    if (state.is_at_work) return "being issued";
    return fmt::format("{} on {}", state.is_fit ? "renewed" : "issued", time_text(state.next));
}

void print(const admind::CertificateState& state) {
    fmt::print("authority    {}\n", state.directory);
    fmt::print("names        {}\n", fmt::join(state.wanted, ", "));
    if (state.names.empty())
        fmt::print("certificate  none\n");
    else
        fmt::print("certificate  for {}, from {} to {}, {}\n", fmt::join(state.names, ", "),
                   time_text(state.not_before), time_text(state.not_after),
                   state.source.empty() ? "signed by ourselves"
                   : state.is_fit       ? "of this authority"
                                        : "not for these names, or of another authority");
    fmt::print("next         {}\n", plan_text(state));
    if (!state.trouble.empty()) fmt::print("trouble      {} in a row; the last: {}\n", state.failures, state.trouble);
}

void print_json(const admind::CertificateState& state) {
    const boost::json::object all{{"directory", state.directory},
                                  {"wanted", boost::json::array(state.wanted.begin(), state.wanted.end())},
                                  {"names", boost::json::array(state.names.begin(), state.names.end())},
                                  {"source", state.source},
                                  {"not_before", state.not_before},
                                  {"not_after", state.not_after},
                                  {"is_fit", state.is_fit},
                                  {"is_at_work", state.is_at_work},
                                  {"next", state.next},
                                  {"failures", state.failures},
                                  {"trouble", state.trouble}};
    fmt::print("{}\n", boost::json::serialize(all));
}

int print_status(Server& server, bool json) {
    const auto sent = server.send(acmed::Order{.ticket = 1, .verb = acmed::Verb::Status});
    if (!sent) return complain({.text = sent.error().text});
    const auto answer = server.receive(patience);
    if (!answer) return complain({.text = answer.error().text});
    if (const auto* refusal = std::get_if<admind::Answer>(&*answer)) return complain({.text = refusal->text});
    const auto* state = std::get_if<admind::CertificateState>(&*answer);
    if (!state) return complain({.text = "the server answered something else: another version?"});
    json ? print_json(*state) : print(*state);
    return 0;
}

int give(Server& server, acmed::Verb verb, bool json) {
    const auto sent = server.send(acmed::Order{.ticket = 1, .verb = verb});
    if (!sent) return complain({.text = sent.error().text});
    const auto received = server.receive(longest_business);
    if (!received) return complain({.text = received.error().text});
    const auto* answer = std::get_if<admind::Answer>(&*received);
    if (!answer) return complain({.text = "the server answered something else: another version?"});
    if (json)
        fmt::print("{}\n", boost::json::serialize(boost::json::object{{"done", answer->done}, {"text", answer->text}}));
    else
        fmt::print(answer->done ? stdout : stderr, "{}\n", answer->text);
    return answer->done ? 0 : 1;
}

}  // namespace

int acme(std::span<char*> arguments) {
    CLI::App app("The certificate that an authority issues to this server (RFC 8555).", "hermod acme");
    app.require_subcommand(1);
    app.fallthrough();
    ControlSocket socket;
    socket.add_to(app);
    bool json = false;
    app.add_flag("--json", json, "Print as JSON");
    const auto* status = app.add_subcommand("status", "What is in use, and what is to become of it");
    const auto* issue = app.add_subcommand("issue", "Get one now, unless the one in use is good");
    const auto* renew = app.add_subcommand("renew", "Get another one now");
    app.add_subcommand("revoke", "Revoke the one in use, and get another one");
    if (const auto ended = check::parse(app, arguments)) return *ended;
    auto server = connect(socket);
    if (!server) return complain(server.error());
    if (status->parsed()) return print_status(*server, json);
    return give(*server,
                issue->parsed()   ? acmed::Verb::Issue
                : renew->parsed() ? acmed::Verb::Renew
                                  : acmed::Verb::Revoke,
                json);
}

}  // namespace control
