#include "admind/clients.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "ipc/blocking_client.h"

namespace asio = boost::asio;

namespace {

using Client = ipc::BlockingClient<admind::ToClient, admind::FromClient>;

struct Counter {
    Counter() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        ::unlink(path.c_str());
        file::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(socket.get(), 100), 0);
        clients.emplace(context, std::move(socket),
                        admind::Clients::Handlers{.on_request =
                                                      [this](admind::ClientId id, admind::FromClient) {
                                                          clients->send(id, admind::Answer{1, true, "yes"});
                                                      },
                                                  .on_gone = [this](admind::ClientId) { ++gone; }});
    }
    ~Counter() { ::unlink(path.c_str()); }
    void run() {
        context.restart();
        context.run_for(std::chrono::milliseconds(50));
    }
    std::string path = "/tmp/hermod-clients-" + std::to_string(::getpid());
    asio::io_context context;
    int gone = 0;
    std::optional<admind::Clients> clients;
};

}  // namespace

TEST(Clients, AreHeardAndAnswered) {
    Counter counter;
    auto client = Client::connect(counter.path);
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send(admind::Command{.ticket = 1}));
    counter.run();
    const auto answer = client->receive(std::chrono::seconds(1));
    ASSERT_TRUE(answer);
    EXPECT_EQ(std::get<admind::Answer>(*answer).text, "yes");
    EXPECT_EQ(counter.clients->count(), 1u);
}

TEST(Clients, WhoSaysTooMuchAtOnceIsCutOff) {
    Counter counter;
    auto client = Client::connect(counter.path);
    ASSERT_TRUE(client);
    qmgr::List request;
    request.filter.from = std::string(100'000, 'x');
    static_cast<void>(client->send(request, std::chrono::milliseconds(100)));
    counter.run();
    EXPECT_EQ(counter.gone, 1);
    EXPECT_EQ(counter.clients->count(), 0u);
}

TEST(Clients, ThereIsRoomForOnlySoMany) {
    Counter counter;
    std::vector<Client> all;
    for (std::size_t i = 0; i < admind::Clients::most + 10; ++i) {
        auto client = Client::connect(counter.path);
        ASSERT_TRUE(client);
        all.push_back(std::move(*client));
    }
    counter.run();
    EXPECT_EQ(counter.clients->count(), admind::Clients::most);
    all.clear();
    counter.run();
    EXPECT_EQ(counter.clients->count(), 0u);
}
