#include "ipc/blocking_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

namespace {

struct Word {
    std::string text;
    bool operator==(const Word&) const = default;
};
constexpr auto fields(const Word*) { return std::tuple{&Word::text}; }
using Inbox = std::variant<Word>;
using Client = ipc::BlockingClient<Inbox, Inbox>;

struct Server {
    Server() {
        path = "/tmp/blocking-client-" + std::to_string(::getpid());
        ::unlink(path.c_str());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener.get(), 5), 0);
    }
    ~Server() { ::unlink(path.c_str()); }
    std::string path;
    file::Descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

}  // namespace

TEST(BlockingClient, AsksAndIsAnswered) {
    Server server;
    std::jthread echo([&] {
        file::Descriptor peer(::accept(server.listener.get(), nullptr, nullptr));
        char octets[65536];
        for (ssize_t got; (got = ::read(peer.get(), octets, sizeof octets)) > 0;)
            for (ssize_t sent = 0; sent < got; ++sent) EXPECT_EQ(::write(peer.get(), octets + sent, 1), 1);
    });
    auto client = Client::connect(server.path);
    ASSERT_TRUE(client);
    for (const std::size_t size : {0u, 1u, 10'000u}) {
        ASSERT_TRUE(client->send(Word{std::string(size, 'w')}));
        auto answer = client->receive(std::chrono::seconds(5));
        ASSERT_TRUE(answer);
        EXPECT_EQ(std::get<Word>(*answer).text.size(), size);
    }
}

TEST(BlockingClient, SaysWhyNot) {
    auto nobody = Client::connect("/tmp/no/such/socket");
    ASSERT_FALSE(nobody);
    EXPECT_TRUE(nobody.error().is_nobody_there());
    EXPECT_FALSE(Client::connect(std::string(200, 'p')));

    Server server;
    auto client = Client::connect(server.path);
    ASSERT_TRUE(client);
    auto silence = client->receive(std::chrono::milliseconds(20));
    ASSERT_FALSE(silence);
    EXPECT_EQ(silence.error().number, ETIMEDOUT);
    file::Descriptor(::accept(server.listener.get(), nullptr, nullptr)).close();
    EXPECT_EQ(client->receive(std::chrono::seconds(1)).error().number, 0);
}
