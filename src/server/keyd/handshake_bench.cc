// What keyd costs: full handshakes of a server, with the key at hand and with keyd asked in another process. Figures
// are processor time, the server's and keyd's together, so that they hold on a busy machine; clients are in a process
// of their own, whose time does not count.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "encryption/keyring.h"
#include "keyd/service.h"
#include "net/socket_stream.h"
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

net::Task<void> serve(std::unique_ptr<net::SocketStream>& below, std::unique_ptr<tls::Stream>& made,
                      std::shared_ptr<const tls::Server> server, int& left) {
    made = co_await tls::accept(*below, server);
    --left;
}
net::Task<void> call(tls::Stream& client, int& left) {
    co_await client.handshake();
    --left;
}

/// Clients in a child, whose time is not the server's.
class Clients {
public:
    Clients() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;  // without a name of ours the kernel gives it one
        socklen_t length = sizeof address.sun_family;
        door_ = file::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        VERIFY(::bind(door_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
        VERIFY(::listen(door_.get(), at_a_time) == 0);
        length = sizeof address;
        VERIFY(::getsockname(door_.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
        std::array<int, 2> ends{};
        VERIFY(::pipe2(ends.data(), O_CLOEXEC) == 0);
        const file::Descriptor orders(ends[0]);
        order_ = file::Descriptor(ends[1]);
        child_ = ::fork();
        if (child_ != 0) return;
        order_.close();
        boost::asio::io_context context{1};
        const auto client = *tls::Client::make("");
        for (char order; ::read(orders.get(), &order, 1) == 1;) come(context, *client, address, length);
        ::_exit(0);
    }
    ~Clients() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }

    /// They connect, and shake hands; the server's ends of that.
    std::vector<file::Descriptor> call_in() {
        VERIFY(::write(order_.get(), "x", 1) == 1);
        std::vector<file::Descriptor> connections;
        for (int i = 0; i < at_a_time; ++i)
            connections.emplace_back(::accept4(door_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        return connections;
    }

private:
    static void come(boost::asio::io_context& context, tls::Client& client, const sockaddr_un& address,
                     socklen_t length) {
        std::vector<std::unique_ptr<net::SocketStream>> below;
        std::vector<std::unique_ptr<tls::Stream>> above;
        int left = at_a_time;
        context.restart();
        for (int i = 0; i < at_a_time; ++i) {
            file::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            VERIFY(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
            below.push_back(std::make_unique<net::SocketStream>(context, std::move(socket), std::nullopt));
            above.push_back(client.stream(*below.back(), {"mx.example.org", "", tls::Demand::Encryption}));
            boost::asio::co_spawn(context, call(*above.back(), left), boost::asio::detached);
        }
        while (left > 0) context.run_one();
        above.clear();
    }

    file::Descriptor door_;
    file::Descriptor order_;
    pid_t child_ = -1;
};

void shake_hands(boost::asio::io_context& context, const std::shared_ptr<const tls::Server>& server,
                 std::vector<file::Descriptor> connections) {
    std::vector<std::unique_ptr<net::SocketStream>> below(connections.size());
    std::vector<std::unique_ptr<tls::Stream>> above(connections.size());
    int left = static_cast<int>(connections.size());
    context.restart();  // it stops when nobody waits for anything
    for (std::size_t i = 0; i < connections.size(); ++i) {
        below[i] = std::make_unique<net::SocketStream>(context, std::move(connections[i]), std::nullopt);
        boost::asio::co_spawn(context, serve(below[i], above[i], server, left), boost::asio::detached);
    }
    while (left > 0) context.run_one();
    above.clear();
}

void measure(benchmark::State& state, const std::string& kind, bool asks_keyd) {
    const auto pair = tls::testing::make_pair({.kind = kind});
    Clients clients;
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
    const auto spent = [&] {
        return Elsewhere::seconds(CLOCK_PROCESS_CPUTIME_ID) + (elsewhere ? elsewhere->processor_time() : 0);
    };
    for (auto _ : state) {
        const double before = spent();
        shake_hands(context, server, clients.call_in());
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
