// How fast one relay process hands messages to Postfix's smtp-sink on a loopback port, and what a message costs.
// The counterpart of qmgr keeps so many attempts in flight, as the real one does for one destination.

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

#include "relay/network.h"
#include "relay/relay.h"

namespace {

constexpr std::uint16_t port = 20'025;
constexpr const char* sink_program = "/usr/sbin/smtp-sink";

bool answers() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

class Sink {
public:
    Sink() {
        child_ = ::fork();
        if (child_ == 0) {
            if (::getuid() == 0) ::execl(sink_program, "smtp-sink", "-u", "nobody", "127.0.0.1:20025", "256", nullptr);
            ::execl(sink_program, "smtp-sink", "127.0.0.1:20025", "256", nullptr);
            ::_exit(127);
        }
        for (int i = 0; i < 100 && !answers(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ~Sink() {
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }

private:
    pid_t child_;
};

class NoResolver final : public resolver::Resolver {
    net::Task<dns::Answer> ask(dns::Question) override { co_return dns::failed("there is none"); }
};

std::string message_of(std::size_t size) {
    std::string octets = "From: a@example.org\r\nTo: b@example.net\r\nSubject: benchmark\r\n\r\n";
    while (octets.size() < size) octets += std::string(70, 'x') + "\r\n";
    return octets;
}

void relay_to_sink(benchmark::State& state) {
    if (::access(sink_program, X_OK) != 0) return state.SkipWithError("smtp-sink is not installed");
    Sink sink;
    relay::Config config;
    config.hostname = "mail.test";
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    NoResolver resolver;
    relay::Network network(context, config);
    relay::Means means{
        .resolver = resolver, .connector = network, .clock = clock, .random = [] { return 1; }, .config = config};

    const auto octets = message_of(4096);
    const auto in_flight = static_cast<std::uint64_t>(state.range(0));
    std::uint64_t ordered = 0, done = 0, relayed = 0;
    constexpr std::uint64_t messages = 20'000;
    relay::Relay* relay = nullptr;
    const auto order = [&] {
        relay::Attempt attempt{
            .attempt = ++ordered, .destination = "smtp:127.0.0.1:20025", .octets = octets, .size = octets.size()};
        attempt.envelope.reverse_path = "sender@example.org";
        attempt.envelope.recipients.push_back({"recipient@example.net", {}, 0});
        relay->on(std::move(attempt));
    };
    relay::Relay sender(context, means, [&](const qmgr::AttemptDone& outcome) {
        ++done;
        relayed += outcome.recipients[0].status == qmgr::Status::Relayed;
    });
    relay = &sender;
    sender.on(relay::Connections{"smtp:127.0.0.1:20025", static_cast<std::uint32_t>(state.range(1))});
    for (auto _ : state) {
        ordered = done = relayed = 0;
        while (done < messages) {
            while (ordered < messages && ordered - done < in_flight) order();
            context.restart();
            context.run_one();
            context.poll();
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(messages) * static_cast<std::int64_t>(state.iterations()));
    if (relayed != messages) state.SkipWithError("not everything was taken");
}

}  // namespace

BENCHMARK(relay_to_sink)
    ->Args({20, 10})
    ->Args({40, 20})
    ->Args({200, 20})
    ->Args({20, 1})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
