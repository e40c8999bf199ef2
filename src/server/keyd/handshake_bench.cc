// What keyd costs: full handshakes, both ends in one process over memory, with the key at hand and with keyd asked in
// another process. Figures are processor time, of both processes together, so that they hold on a busy machine; half of
// it is the client's.
#include <benchmark/benchmark.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "encryption/keyring.h"
#include "keyd/service.h"
#include "net/memory_stream.h"
#include "process/wire.h"
#include "tls/client.h"
#include "tls/server.h"
#include "tls/testing/certificates.h"

namespace {

constexpr int at_a_time = 32;  // handshakes that are under way together

class KeyAtHand final : public tls::Signer {
public:
    explicit KeyAtHand(const std::string& pem) : key_(std::move(*tls::PrivateKey::parse(pem))) {}
    void sign(tls::ToSign what, Done done) override { done(key_.sign(what.scheme, what.content)); }

private:
    tls::PrivateKey key_;
};

/// keyd's service in a child, as master would have started it.
class Elsewhere {
public:
    explicit Elsewhere(const std::string& pem) {
        std::array<int, 2> ends{};
        VERIFY(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
        line = file::Descriptor(ends[0]);
        file::Descriptor theirs(ends[1]);
        child_ = ::fork();
        if (child_ != 0) return;
        line.close();
        boost::asio::io_context context{1};
        keyd::Service service(context, [](void* octets, std::size_t count) {
            VERIFY(::getrandom(octets, count, 0) == static_cast<ssize_t>(count));
        });
        keyd::Keys keys;
        std::vector<process::Secret> files;
        files.push_back({0, process::memory_file(pem)});
        keys.read(files);
        service.use(std::move(keys));
        service.connect({process::Role::Smtpd, 0, std::move(theirs)});
        context.run();
        ::_exit(0);
    }
    ~Elsewhere() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    double processor_time() const {
        clockid_t clock;
        return ::clock_getcpuclockid(child_, &clock) == 0 ? seconds(clock) : 0;
    }
    static double seconds(clockid_t clock) {
        timespec time{};
        ::clock_gettime(clock, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }

    file::Descriptor line;

private:
    pid_t child_ = -1;
};

struct Ends {
    std::unique_ptr<net::MemoryStream> below_server, below_client;
    std::unique_ptr<tls::Stream> server, client;
};

net::Task<void> serve(Ends& ends, std::shared_ptr<const tls::Server> server, int& left) {
    ends.server = co_await tls::accept(*ends.below_server, server);
    --left;
}
net::Task<void> call(Ends& ends, int& left) {
    co_await ends.client->handshake();
    --left;
}

void shake_hands(boost::asio::io_context& context, const std::shared_ptr<const tls::Server>& server,
                 tls::Client& client) {
    std::vector<Ends> all(at_a_time);
    int left = 2 * at_a_time;
    context.restart();  // it stops when nobody waits for anything
    for (auto& ends : all) {
        std::tie(ends.below_server, ends.below_client) = net::memory_streams(context);
        ends.client = client.stream(*ends.below_client, {"mx.example.org", "", tls::Demand::Encryption});
        boost::asio::co_spawn(context, serve(ends, server, left), boost::asio::detached);
        boost::asio::co_spawn(context, call(ends, left), boost::asio::detached);
    }
    while (left > 0) context.run_one();
}

void measure(benchmark::State& state, const std::string& kind, bool asks_keyd) {
    const auto pair = tls::testing::make_pair({.kind = kind});
    std::optional<Elsewhere> elsewhere;
    if (asks_keyd) elsewhere.emplace(pair.key);
    boost::asio::io_context context{1};
    KeyAtHand at_hand(pair.key);
    encryption::Keyring keyring(context);
    if (elsewhere) keyring.connect(std::move(elsewhere->line));
    std::vector<tls::Certificate> certificates;
    certificates.push_back(std::move(*tls::Certificate::parse(pair.certificate)));
    tls::Signer& signer = asks_keyd ? static_cast<tls::Signer&>(keyring) : at_hand;
    const auto server =
        std::make_shared<const tls::Server>(tls::Service{"smtp", {}}, certificates, signer, keyring.tickets());
    const auto client = *tls::Client::make("");
    const auto spent = [&] {
        return Elsewhere::seconds(CLOCK_PROCESS_CPUTIME_ID) + (elsewhere ? elsewhere->processor_time() : 0);
    };
    for (auto _ : state) {
        const double before = spent();
        shake_hands(context, server, *client);
        state.SetIterationTime(spent() - before);
    }
    state.counters["handshakes"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * at_a_time, benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(measure, P256_key_at_hand, "EC", false)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(measure, P256_by_keyd, "EC", true)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(measure, RSA2048_key_at_hand, "RSA", false)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(measure, RSA2048_by_keyd, "RSA", true)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
