// runner: runs the programs that users' instructions name, each as its user. It is the only process that starts
// programs; it makes no connections and reads no files.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "clocks/clock.h"
#include "config/load.h"
#include "deliver/inbox.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "runner/config.h"
#include "runner/hook.h"
#include "runner/programs.h"
#include "runner/run.h"
#include "runner/sandbox.h"
#include "sandbox/sandbox.h"

namespace runner {

namespace asio = boost::asio;

namespace {

Programs::Rules rules_of(const Config& config, bool becomes_user) {
    return {.most = config.local.programs,
            .limits = {.time = config.local.program_time,
                       .memory = config.local.program_memory,
                       .processes = config.local.program_processes},
            .becomes_user = becomes_user};
}

}  // namespace

int run(process::Inheritance given) {
    using DeliverLink = ipc::Link<FromDeliver, deliver::FromRunner>;
    using AcmedLink = ipc::Link<FromAcmed, acmed::FromRunner>;
    asio::io_context context(1);
    const clocks::SystemClock clock;
    auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "runner/0"), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto missing_fences = sandbox::enter(policy(given), given);

    std::optional<DeliverLink> deliver;
    Programs programs(context, rules_of(config, given.privileged), [&](const deliver::Ended& ended) {
        if (deliver) deliver->send(ended);
    });
    const auto lose_deliver = [&] {
        deliver.reset();
        programs.abandon();  // its attempts are void
    };
    std::optional<AcmedLink> acmed;
    const auto connect_acmed = [&](file::Descriptor socket) {
        const auto answer = [&](const acmed::HookEnded& ended) {
            if (acmed) acmed->send(ended);
        };
        const auto take = [&, answer](FromAcmed message) {
            const auto& hook = std::get<Hook>(message);
            auto called = call_of(hook, config.acme, given.privileged);
            if (!called) return answer({.ticket = hook.ticket, .done = false, .text = called.error()});
            programs.give(std::move(called->run), std::move(called->words),
                          [answer](const deliver::Ended& ended) { answer(outcome_of(ended)); });
        };
        acmed.emplace(context, std::move(socket),
                      AcmedLink::Handlers{.on_message = take, .on_gone = [&](const std::string&) { acmed.reset(); }});
    };
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Acmed) return connect_acmed(std::move(peer.socket));
        if (peer.role != process::Role::Deliver) return;
        if (deliver) lose_deliver();
        deliver.emplace(context, std::move(peer.socket),
                        DeliverLink::Handlers{
                            .on_message = [&](FromDeliver order) { programs.give(std::get<Run>(std::move(order))); },
                            .on_gone = [&](const std::string&) { lose_deliver(); }});
    };
    for (auto& peer : given.peers) connect(std::move(peer));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 config = config::load<Config>(text);
                 log.replace(site::log_options(config.log, "runner/0"));
                 programs.replace(rules_of(config, given.privileged));
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop =
             [&](std::chrono::milliseconds) {
                 programs.abandon_all();
                 context.stop();
             },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace runner
