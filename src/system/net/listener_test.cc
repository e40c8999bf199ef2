#include "net/listener.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <ctime>

#include "net/connect.h"

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct Port {
    Port() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(::listen(socket.get(), 100), 0);
        EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
        endpoint = {ip::v4(INADDR_LOOPBACK), ntohs(address.sin_port)};
    }
    file::Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ip::Endpoint endpoint;
};

/// Connects and returns the first thing said to us.
net::Task<void> greeted(asio::io_context& context, ip::Endpoint to, std::vector<std::string>& heard) {
    auto connected = co_await net::connect(context, to, 2s);
    if (!connected) {
        heard.push_back(connected.error().text);
        co_return;
    }
    (*connected)->set_timeout(2s);
    std::string line;
    try {
        co_await (*connected)->read_some(line, 100);
    } catch (const net::Gone& gone) {
        line = gone.what();
    }
    heard.push_back(line);
}

}  // namespace

TEST(Listener, GivesEachClientAConversation) {
    asio::io_context context;
    Port port;
    auto occupancy = std::make_shared<net::Occupancy>();
    std::vector<std::string> gone;
    auto listener = std::make_unique<net::Listener>(
        context, std::move(port.socket), occupancy,
        net::Listener::Handlers{.serve = [](net::SocketStream& stream) -> net::Task<void> {
                                    EXPECT_EQ(stream.remote()->address, ip::v4(INADDR_LOOPBACK));
                                    co_await stream.write("220 hello\r\n");
                                    std::string line;
                                    co_await stream.read_some(line, 100);
                                },
                                .on_gone = [&](net::SocketStream&, const net::Gone& g) { gone.push_back(g.what()); }});
    std::vector<std::string> heard;
    for (int i = 0; i < 10; ++i) asio::co_spawn(context, greeted(context, port.endpoint, heard), asio::detached);
    context.run_for(200ms);
    EXPECT_EQ(heard, std::vector<std::string>(10, "220 hello\r\n"));
    EXPECT_EQ(gone, std::vector<std::string>(10, "connection closed"));
    EXPECT_EQ(occupancy->now, 0u);
    listener.reset();
    heard.clear();
    asio::co_spawn(context, greeted(context, port.endpoint, heard), asio::detached);
    context.restart();
    context.run_for(200ms);
    EXPECT_EQ(heard, std::vector<std::string>{"Connection refused"});
}

// Hostile: a client that resets its connection at once is still a client from that address, and no local socket.
TEST(Listener, KnowsWhoCameEvenWhenTheyAreGone) {
    asio::io_context context;
    Port port;
    std::vector<std::optional<ip::Endpoint>> came;
    net::Listener listener(context, std::move(port.socket), std::make_shared<net::Occupancy>(),
                           {.serve = [&](net::SocketStream& stream) -> net::Task<void> {
                                came.push_back(stream.remote());
                                co_return;
                            },
                            .on_gone = {},
                            .on_refused = {}});
    file::Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port.endpoint.port);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ASSERT_EQ(::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    client.close();
    context.run_for(200ms);
    ASSERT_EQ(came.size(), 1u);
    ASSERT_TRUE(came[0]);
    EXPECT_EQ(came[0]->address, ip::v4(INADDR_LOOPBACK));
}

TEST(Listener, TurnsAwayWhoIsTooMuch) {
    asio::io_context context;
    Port port;
    auto occupancy = std::make_shared<net::Occupancy>(net::Occupancy{.most = 2});
    int refused = 0;
    auto serve = [](net::SocketStream& stream) -> net::Task<void> {
        co_await stream.write("220 hello\r\n");
        asio::steady_timer timer(co_await asio::this_coro::executor, 100ms);
        co_await timer.async_wait(asio::use_awaitable);
    };
    net::Listener listener(context, std::move(port.socket), occupancy,
                           {.serve = serve, .on_gone = {}, .on_refused = [&](const std::string&) { ++refused; }});
    std::vector<std::string> heard;
    for (int i = 0; i < 5; ++i) asio::co_spawn(context, greeted(context, port.endpoint, heard), asio::detached);
    context.run_for(300ms);
    EXPECT_EQ(std::ranges::count(heard, "220 hello\r\n"), 2);
    EXPECT_EQ(std::ranges::count_if(heard, [](const std::string& line) { return line.starts_with("421 4.3.2 "); }), 3);
    EXPECT_EQ(refused, 3);
    EXPECT_EQ(occupancy->now, 0u);
}

TEST(Listener, SurvivesTheEndOfDescriptorsWithoutSpinning) {
    Port port;
    std::vector<file::Descriptor> clients;  // made before descriptors run out
    for (int i = 0; i < 5; ++i) clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    asio::io_context context;
    auto occupancy = std::make_shared<net::Occupancy>();
    int served = 0, refused = 0;
    net::Listener listener(context, std::move(port.socket), occupancy,
                           {.serve = [&](net::SocketStream& stream) -> net::Task<void> {
                                ++served;
                                co_await stream.write("220 hello\r\n");
                            },
                            .on_gone = {},
                            .on_refused = [&](const std::string&) { ++refused; }});
    context.run_for(10ms);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = 200;
    ::setrlimit(RLIMIT_NOFILE, &none);
    std::vector<file::Descriptor> all;
    for (int number; (number = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.emplace_back(number);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port.endpoint.port);
    for (auto& client : clients) ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const std::clock_t began = std::clock();
    context.run_for(500ms);
    EXPECT_LT(std::clock() - began, CLOCKS_PER_SEC / 10);
    EXPECT_EQ(served, 0);
    EXPECT_GE(refused, 2);
    char said[100];
    EXPECT_GT(::recv(clients[0].get(), said, sizeof said, MSG_DONTWAIT), 0);
    EXPECT_TRUE(std::string_view(said).starts_with("421 "));
    all.clear();
    ::setrlimit(RLIMIT_NOFILE, &before);
    context.run_for(500ms);
    EXPECT_EQ(served + refused, 5);
    EXPECT_GE(served, 1);
}

TEST(Connect, SaysWhyNot) {
    asio::io_context context;
    ip::Endpoint nobody;
    {
        Port port;
        nobody = port.endpoint;
    }
    std::vector<std::string> heard;
    auto attempt = [&](net::Task<net::Connected> task) -> net::Task<void> {
        auto connected = co_await std::move(task);
        heard.push_back(connected ? "connected" : connected.error().text);
    };
    asio::co_spawn(context, attempt(net::connect(context, nobody, 1s)), asio::detached);
    asio::co_spawn(context, attempt(net::connect_local(context, "/no/such/socket", 1s)), asio::detached);
    asio::co_spawn(context, attempt(net::connect(context, nobody, 1s, ip::v4(0xc0000201))), asio::detached);
    context.run_for(1s);
    std::ranges::sort(heard);
    EXPECT_EQ(heard, (std::vector<std::string>{"Cannot assign requested address", "Connection refused",
                                               "No such file or directory"}));
}

TEST(Connect, UsesTheSourceAddressAskedFor) {
    asio::io_context context;
    Port port;
    std::optional<ip::Endpoint> seen;
    net::Listener listener(context, std::move(port.socket), std::make_shared<net::Occupancy>(),
                           {.serve = [&](net::SocketStream& stream) -> net::Task<void> {
                                seen = stream.remote();
                                co_return;
                            },
                            .on_gone = {},
                            .on_refused = {}});
    auto dial = [&]() -> net::Task<void> {
        (void)co_await net::connect(context, port.endpoint, 1s, ip::v4(0x7f000005));
    };
    asio::co_spawn(context, dial(), asio::detached);
    context.run_for(200ms);
    ASSERT_TRUE(seen);
    EXPECT_EQ(ip::to_text(seen->address), "127.0.0.5");
}
