#include "directory/issuer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

namespace directory {
namespace {

/// tokend, as directory sees it.
struct Tokend {
    explicit Tokend(boost::asio::io_context& context, TokendLine& line) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        link.emplace(
            context, file::Descriptor(ends[1]),
            Link::Handlers{.on_message = [this](tokend::FromDirectory message) { asked.push_back(std::move(message)); },
                           .on_gone = [this](const std::string&) { is_left = true; }});
        line.connect(file::Descriptor(ends[0]));
    }
    using Link = ipc::Link<tokend::FromDirectory, FromTokend>;
    std::vector<tokend::FromDirectory> asked;
    bool is_left = false;
    std::optional<Link> link;
};

struct LineToTokend : ::testing::Test {
    boost::asio::io_context context;
    std::vector<std::move_only_function<void()>> later;
    std::vector<std::string> keys;
    std::vector<std::string> heard;
    TokendLine line{context,
                    [this](std::chrono::milliseconds delay, auto then) {
                        EXPECT_EQ(delay, TokendLine::longest);
                        later.push_back(std::move(then));
                    },
                    [this](const std::string& json) { keys.push_back(json); }};

    void settle() {
        for (int turn = 0; turn < 20; ++turn) context.poll();
        context.restart();
    }
    void ask(const std::string& token) {
        line.introspect(token, [this, token](const auto& said) { heard.push_back(token + ": " + said.value_or("-")); });
        settle();
    }
    void renew() {
        line.renew_keys([this](bool is_reached) { heard.emplace_back(is_reached ? "renewed" : "not renewed"); });
        settle();
    }
};

using Heard = std::vector<std::string>;

TEST_F(LineToTokend, QuestionsFindTheirAnswers) {
    Tokend tokend(context, line);
    ask("a");
    ask("b");
    renew();
    renew();
    ASSERT_EQ(tokend.asked.size(), 4u);
    EXPECT_EQ(std::get<tokend::Introspect>(tokend.asked[1]).token, "b");
    EXPECT_TRUE(heard.empty());
    const auto ticket_of = [&](std::size_t number) {
        return std::visit([](const auto& one) { return one.ticket; }, tokend.asked[number]);
    };
    tokend.link->send(KeysRenewed{.ticket = ticket_of(2), .is_reached = true});
    tokend.link->send(Introspected{.ticket = ticket_of(1), .is_answered = true, .json = "yes"});
    tokend.link->send(KeysRenewed{.ticket = ticket_of(3)});
    tokend.link->send(Introspected{.ticket = ticket_of(0), .json = "what does not count"});
    tokend.link->send(TokenKeys{.json = "{}"});
    settle();
    EXPECT_EQ(heard, (Heard{"renewed", "b: yes", "not renewed", "a: -"}));
    EXPECT_EQ(keys, Heard{"{}"});
}

TEST_F(LineToTokend, WithoutOneNobodyCanSay) {
    ask("a");
    renew();
    EXPECT_EQ(heard, (Heard{"a: -", "not renewed"}));
}

// It dies, or is another: what was asked before is nobody's.
TEST_F(LineToTokend, WhenItDiesNobodyCanSay) {
    std::optional<Tokend> first(std::in_place, context, line);
    ask("a");
    renew();
    first.reset();
    settle();
    EXPECT_EQ(heard, (Heard{"a: -", "not renewed"}));
    Tokend second(context, line);
    ask("b");
    ASSERT_EQ(second.asked.size(), 1u);
    Tokend third(context, line);
    settle();
    EXPECT_EQ(heard.back(), "b: -");
    EXPECT_TRUE(second.is_left);
    ask("c");
    third.link->send(Introspected{
        .ticket = std::get<tokend::Introspect>(third.asked[0]).ticket, .is_answered = true, .json = "yes"});
    settle();
    EXPECT_EQ(heard.back(), "c: yes");
}

// Hostile: a tokend that does not answer, or answers what nobody has asked, or twice.
TEST_F(LineToTokend, NobodyWaitsForEver) {
    Tokend tokend(context, line);
    ask("a");
    ASSERT_EQ(later.size(), 1u);
    later[0]();
    EXPECT_EQ(heard, Heard{"a: -"});
    const auto ticket = std::get<tokend::Introspect>(tokend.asked[0]).ticket;
    for (const auto one : {ticket, ticket, ticket + 1, std::uint64_t{0}})
        tokend.link->send(Introspected{.ticket = one, .is_answered = true, .json = "yes"});
    settle();
    EXPECT_EQ(heard.size(), 1u);
    EXPECT_FALSE(tokend.is_left);
}

}  // namespace
}  // namespace directory
