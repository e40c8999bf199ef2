// The line to keyd, from the side of those who ask.
#include "encryption/keyring.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace {

class Keyring : public testing::Test {
protected:
    using Link = ipc::Link<keyd::FromServer, encryption::FromKeyd>;

    /// A keyd, in place of the one before.
    void start_keyd() {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        keyd.emplace(context, file::Descriptor(ends[0]),
                     Link::Handlers{.on_message =
                                        [this](keyd::FromServer message) {
                                            asked.push_back(std::get<keyd::SignHandshake>(std::move(message)));
                                        },
                                    .on_gone = [](const std::string&) {}});
        keyring.connect(file::Descriptor(ends[1]));
        turn();
    }
    void turn() {
        for (int i = 0; i < 20; ++i) context.poll();
        context.restart();
    }
    void sign(const std::string& content) {
        keyring.sign({.key = {}, .scheme = tls::Scheme::EcdsaSha256, .content = content},
                     [this](std::optional<std::string> answer) { answers.push_back(answer.value_or("refused")); });
        turn();
    }
    void answer(std::uint64_t ticket, const std::string& signature) {
        keyd->send(encryption::Signed{ticket, signature});
        turn();
    }

    boost::asio::io_context context{1};
    encryption::Keyring keyring{context};
    std::optional<Link> keyd;
    std::vector<keyd::SignHandshake> asked;
    std::vector<std::string> answers;
};

TEST_F(Keyring, PassesOnWhatKeydSays) {
    start_keyd();
    sign("one");
    sign("two");
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_EQ(asked[1].content, "two");
    answer(asked[1].ticket, "signature");
    answer(asked[0].ticket, "");
    answer(asked[0].ticket, "again");  // nobody waits for it any more
    answer(99, "unasked");
    EXPECT_EQ(answers, (std::vector<std::string>{"signature", "refused"}));
}

TEST_F(Keyring, WhatWasAskedOfADeadKeydIsAskedOfItsSuccessor) {
    sign("before there is any");
    start_keyd();
    ASSERT_EQ(asked.size(), 1u);
    keyd.reset();
    turn();
    sign("while there is none");
    asked.clear();
    start_keyd();
    ASSERT_EQ(asked.size(), 2u);
    answer(asked[0].ticket, "a");
    answer(asked[1].ticket, "b");
    EXPECT_EQ(answers, (std::vector<std::string>{"a", "b"}));
}

TEST_F(Keyring, HasTheTicketKeysThatKeydHandsOut) {
    start_keyd();
    EXPECT_EQ(keyring.tickets().newest(), nullptr);
    tls::TicketKey key;
    key.name.fill(7);
    keyd->send(encryption::TicketKeys{{key}});
    turn();
    ASSERT_NE(keyring.tickets().newest(), nullptr);
    EXPECT_EQ(*keyring.tickets().find(key.name), key);
}

}  // namespace
