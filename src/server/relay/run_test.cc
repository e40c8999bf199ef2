// The whole process, behind its fences: a child of the test, which is master, qmgr, DNS and mail server to it.

#include "relay/run.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "dns/table.h"
#include "dns/wire.h"
#include "ipc/link.h"
#include "net/socket_stream.h"
#include "process/wire.h"
#include "qmgr/inbox.h"
#include "relay/inbox.h"
#include "relay/testing/scripted_server.h"

namespace relay {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* zone = R"(
{"name": "example.org", "type": "MX", "data": "10 mx.example.org"}
{"name": "mx.example.org", "type": "A", "data": "127.0.0.1"}
)";

std::pair<file::Descriptor, file::Descriptor> pair_of(int type) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

class RunTest : public ::testing::Test {
protected:
    RunTest() {
        auto [control, control_there] = pair_of(SOCK_SEQPACKET);
        auto [orders, orders_there] = pair_of(SOCK_STREAM);
        start(std::move(control_there), std::move(orders_there));
        control_ = std::move(control);
        link_.emplace(context, std::move(orders),
                      Link::Handlers{.on_message =
                                         [this](qmgr::FromRelay message) {
                                             done.push_back(std::move(std::get<qmgr::AttemptDone>(message)));
                                         },
                                     .on_gone = [](const std::string&) {}});
        answer_dns();
        accept();
    }
    ~RunTest() override {
        if (child_ > 0) ::kill(child_, SIGKILL);
        if (child_ > 0) ::waitpid(child_, nullptr, 0);
    }

    void start(file::Descriptor control, file::Descriptor orders) {
        const auto config = "hostname = \"mail.test\"\n[relay]\nloopback_exchangers = true\nport = " +
                            std::to_string(acceptor.local_endpoint().port()) +
                            "\n[dns]\nresolver = \"127.0.0.1:" + std::to_string(dns_socket.local_endpoint().port()) +
                            "\"\n";
        child_ = ::fork();
        if (child_ != 0) return;
        process::Inheritance given;
        given.role = process::Role::Relay;
        given.config = config;
        given.log = file::Descriptor(::dup(2));
        given.control = std::move(control);
        given.peers.push_back({process::Role::Qmgr, 0, std::move(orders)});
        ::_exit(run(std::move(given)));
    }

    void answer_dns() {
        dns_socket.async_receive_from(asio::buffer(dns_buffer), dns_client,
                                      [this](boost::system::error_code error, std::size_t size) {
                                          if (error) return;
                                          ++questions;
                                          if (is_dns_silent) return answer_dns();
                                          auto packet = dns::decode(std::string_view(dns_buffer.data(), size));
                                          ASSERT_TRUE(packet);
                                          packet->is_response = packet->recursion_available = true;
                                          auto answer = dns::parse_table(zone)->answer(packet->questions.at(0));
                                          packet->answers = std::move(answer.records);
                                          dns_socket.send_to(asio::buffer(dns::encode(*packet)), dns_client);
                                          answer_dns();
                                      });
    }

    void accept() {
        acceptor.async_accept([this](boost::system::error_code error, asio::ip::tcp::socket socket) {
            if (error) return;
            auto stream =
                std::make_unique<net::SocketStream>(context, file::Descriptor(socket.release()), std::nullopt);
            servers.push_back(std::make_shared<testing::ScriptedServer>(std::move(stream), script));
            testing::ScriptedServer::start(context, servers.back());
            accept();
        });
    }

    template <typename Condition>
    void run_until(Condition condition) {
        const auto last = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < last) context.run_one_for(50ms);
    }

    /// How long it takes to end, of the twenty seconds it may.
    std::chrono::steady_clock::duration stop() {
        const auto begun = std::chrono::steady_clock::now();
        process::send(control_.get(), process::Order{.kind = process::Order::Kind::Stop, .milliseconds = 20'000});
        int status = -1;
        run_until([&] { return ::waitpid(child_, &status, WNOHANG) == child_; });
        context.run_for(10ms);  // what it said last
        EXPECT_TRUE(WIFEXITED(status));
        EXPECT_EQ(WEXITSTATUS(status), 0);
        child_ = -1;
        return std::chrono::steady_clock::now() - begun;
    }

    Attempt attempt(std::uint64_t number) {
        Attempt made{
            .attempt = number, .destination = "mx:example.org", .octets = "Subject: x\r\n\r\nhello\r\n", .size = 21};
        made.envelope.reverse_path = "sender@mail.test";
        made.envelope.recipients.push_back({"a@example.org", {}, 0});
        return made;
    }

    using Link = ipc::Link<qmgr::FromRelay, FromQmgr>;
    asio::io_context context;
    asio::ip::udp::socket dns_socket{context, {asio::ip::address_v4::loopback(), 0}};
    asio::ip::udp::endpoint dns_client;
    std::array<char, 2048> dns_buffer;
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    std::vector<std::shared_ptr<testing::ScriptedServer>> servers;
    testing::Script script;
    bool is_dns_silent = false;
    int questions = 0;
    std::vector<qmgr::AttemptDone> done;
    pid_t child_ = -1;
    file::Descriptor control_;
    std::optional<Link> link_;
};

TEST_F(RunTest, ResolvesConnectsAndHandsOver) {
    process::Packet<process::Note> note;
    ASSERT_EQ(process::receive(control_.get(), note, /*wait=*/true), process::Got::Packet);
    EXPECT_EQ(note.value.kind, process::Note::Kind::Ready);

    for (std::uint64_t i = 1; i <= 50; ++i) link_->send(attempt(i));
    auto big = attempt(51);
    big.octets = std::string();
    const auto content = "Subject: big\r\n\r\n" + std::string(200'000, 'x') + "\r\n";
    big.blob = process::memory_file(content);
    big.size = content.size();
    link_->send(big);
    run_until([&] { return done.size() == 51; });
    ASSERT_EQ(done.size(), 51u);
    for (const auto& outcome : done) {
        EXPECT_EQ(outcome.recipients[0].status, qmgr::Status::Relayed) << outcome.recipients[0].reply.text;
        EXPECT_TRUE(outcome.recipients[0].remote.starts_with("mx.example.org[127.0.0.1]:"));
    }
    EXPECT_LE(servers.size(), 20u);
}

// Told to stop it ends by itself, within the time that it is told.
TEST_F(RunTest, StopsWhenToldTo) {
    link_->send(attempt(1));
    run_until([&] { return !done.empty(); });
    EXPECT_LT(stop(), 4s);
}

// Nothing is at stake any more when a server does not answer QUIT.
TEST_F(RunTest, StopsThoughQuitIsNotAnswered) {
    script.replies["QUIT"] = testing::silence;
    link_->send(attempt(1));
    run_until([&] { return !done.empty(); });
    EXPECT_LT(stop(), 10s);
}

TEST_F(RunTest, StopsWhileANameIsLookedUp) {
    is_dns_silent = true;
    link_->send(attempt(1));
    run_until([&] { return questions > 0; });
    EXPECT_LT(stop(), 10s);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_FALSE(done[0].was_begun);
}

TEST_F(RunTest, StopsWhileAConnectionIsMade) {
    script.greeting = "";
    link_->send(attempt(1));
    run_until([&] { return !servers.empty(); });
    EXPECT_LT(stop(), 10s);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_FALSE(done[0].was_begun);
}

}  // namespace
}  // namespace relay
