// master: starts every other process, gives each what it may reach, and starts it anew when it dies. It has root's
// rights where it was given them, so nothing from outside reaches it but packets of fixed size and the signals of an
// administrator.

#include <fmt/format.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>

#include "master/activation.h"
#include "master/notify.h"
#include "master/places.h"
#include "master/run.h"
#include "master/supervisor.h"
#include "sandbox/sandbox.h"

namespace master {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t needed = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER | 1U << CAP_KILL |
                                 1U << CAP_SETGID | 1U << CAP_SETUID | 1U << CAP_SETPCAP | 1U << CAP_NET_BIND_SERVICE |
                                 1U << CAP_SYS_CHROOT | 1U << CAP_SYS_RESOURCE;

constexpr std::chrono::seconds wait_for_ports{6};  // a dead server's processes hold them a little longer

int refuse(const std::string& why) {
    fmt::print(stderr, "hermod: {}\n", why);
    return 1;
}

void raise_descriptor_limit(std::uint32_t wanted) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    rlimit raised{wanted, std::max<rlim_t>(wanted, limit.rlim_max)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
    raised = {std::min<rlim_t>(wanted, limit.rlim_max), limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &raised);
}

std::expected<void, std::string> bind_patiently(Supervisor& supervisor) {
    const auto last_moment = std::chrono::steady_clock::now() + wait_for_ports;
    for (;;) {
        auto bound = supervisor.bind();
        if (bound || std::chrono::steady_clock::now() > last_moment) return bound;
        ::usleep(200'000);
    }
}

class Signals {
public:
    Signals(asio::io_context& context, Supervisor& supervisor)
        : set_(context, SIGHUP, SIGTERM, SIGINT), supervisor_(supervisor) {
        set_.add(SIGCHLD);
        await();
    }

private:
    void await() {
        set_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            if (number == SIGCHLD)
                supervisor_.reap();
            else if (number == SIGHUP)
                supervisor_.reload();
            else
                supervisor_.stop(number == SIGINT ? "interrupted" : "terminated");
            await();
        });
    }
    asio::signal_set set_;
    Supervisor& supervisor_;
};

/// Each must be for an address that is listened on: somebody meant it to be served.
std::string unwanted(const std::vector<PassedSocket>& passed, const std::vector<Listen>& wanted) {
    for (const auto& one : passed)
        if (std::ranges::find(wanted, one.address, &Listen::address) == wanted.end())
            return fmt::format(
                "a socket for {} was passed on by the service manager, but nothing listens there: "
                "is [[listen]] address = \"{}\" missing?",
                ip::to_text(one.address), ip::to_text(one.address));
    return {};
}

int supervise(Plan plan, Supervisor::Readers readers, std::vector<PassedSocket> passed, int ready_fd) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const bool privileged = ::geteuid() == 0;
    auto files = open_logs(plan);
    logs::Log log(clock, log_options(plan), duplicates(files), [&] { asio::post(context, [&] { log.flush(); }); });
    const std::string hostname = plan.hostname, control_socket = plan.control_socket;
    Supervisor supervisor({context, clock, log, privileged}, std::move(plan), std::move(readers), std::move(files),
                          std::move(passed));
    if (auto bound = bind_patiently(supervisor); !bound) return refuse(bound.error());
    const Signals signals(context, supervisor);
    supervisor.start([&] {
        log.event(logs::Event::Started, {{"version", HERMOD_VERSION}, {"hostname", hostname}});
        tell_ready(ready_fd);
        tell_service_manager("READY=1");
    });
    context.run();
    ::unlink(control_socket.c_str());
    log.event(logs::Event::Stopped, {});
    log.flush();
    return supervisor.exit_status();
}

}  // namespace

int run(Plan plan, PlanMaker remake, CertificateReader read_certificates, KeyTurner turn_keys, int ready_fd) {
    ::signal(SIGPIPE, SIG_IGN);
    ::umask(022);
    auto passed = take_passed_sockets();
    if (!passed) return refuse(passed.error());
    if (const auto why = unwanted(*passed, plan.listen); !why.empty()) return refuse(why);
    const auto made = make_places(plan, ::geteuid() == 0);
    if (!made) return refuse(made.error());
    const auto locked = lock(plan);
    if (!locked) return refuse(locked.error());
    raise_descriptor_limit(plan.open_files);
    sandbox::keep_only_capabilities(needed);
    return supervise(std::move(plan), {std::move(remake), std::move(read_certificates), std::move(turn_keys)},
                     *std::move(passed), ready_fd);
}

}  // namespace master
