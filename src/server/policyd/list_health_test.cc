#include "policyd/list_health.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace {

using namespace policyd;
using namespace std::chrono_literals;

dns::Name name(std::string_view text) { return dns::parse_name(text).value(); }

struct SetClock final : clocks::Clock {
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now{std::chrono::hours(1)};
};

struct Lists {
    explicit Lists(std::string_view table) : resolver(dns::parse_table(table).value()) {}

    template <typename T>
    static T result_of(net::Task<T> task) {
        std::optional<T> result;
        boost::asio::io_context context;
        boost::asio::co_spawn(context, std::move(task),
                              [&](const std::exception_ptr&, T it) { result = std::move(it); });
        context.run();
        return std::move(*result);
    }
    bool is_sound(std::string_view zone) {
        return result_of(health.is_sound(name(zone), false, std::chrono::steady_clock::now() + 1h));
    }
    void ask(std::string_view question, std::chrono::seconds left = 1h) {
        result_of(health.ask(name("l.test"), {name(question), dns::Type::A}, std::chrono::steady_clock::now() + left));
    }

    SetClock clock;
    std::vector<std::string> told;
    resolver::TableResolver resolver;
    ListHealth health{resolver, clock, [this](const dns::Name& zone, std::string_view why) {
                          told.push_back(to_text(zone) + ' ' + std::string(why));
                      }};
};

constexpr std::string_view table = R"({"name": "2.0.0.127.l.test", "type": "A", "data": "127.0.0.2"}
{"name": "9.9.9.9.l.test", "type": "A", "rcode": "SERVFAIL"}
{"name": "8.8.8.8.l.test", "type": "A", "data": "127.255.255.252"})";

TEST(ListHealth, AListThatMissesOnceIsStillAsked) {
    Lists lists(table);
    ASSERT_TRUE(lists.is_sound("l.test"));
    for (const char* question :
         {"9.9.9.9.l.test", "9.9.9.9.l.test", "7.7.7.7.l.test", "9.9.9.9.l.test", "9.9.9.9.l.test"})
        lists.ask(question);
    EXPECT_TRUE(lists.is_sound("l.test"));
    EXPECT_TRUE(lists.told.empty());
    lists.ask("9.9.9.9.l.test");
    EXPECT_FALSE(lists.is_sound("l.test"));
    lists.ask("9.9.9.9.l.test");
    ASSERT_EQ(lists.told.size(), 1u) << "once";
    EXPECT_TRUE(lists.told[0].starts_with("l.test does not answer"));
    lists.clock.now += ListHealth::suspended_for;
    EXPECT_TRUE(lists.is_sound("l.test")) << "it is tried again";
}

TEST(ListHealth, AListIsNotBlamedForTimeThatAStrangerSpent) {
    Lists lists(table);
    ASSERT_TRUE(lists.is_sound("l.test"));
    for (int i = 0; i < 5; ++i) lists.ask("7.7.7.7.l.test", 0s);
    EXPECT_TRUE(lists.is_sound("l.test"));
    EXPECT_TRUE(lists.told.empty());
}

TEST(ListHealth, AListThatRefusesOurQuestionsIsNotAskedFurther) {
    Lists lists(table);
    ASSERT_TRUE(lists.is_sound("l.test"));
    lists.ask("8.8.8.8.l.test");
    EXPECT_FALSE(lists.is_sound("l.test"));
    EXPECT_EQ(lists.told, std::vector<std::string>{"l.test refuses our questions: 127.255.255.252"});
}

// RFC 5782 §5
TEST(ListHealth, ADeadListIsFoundOut) {
    Lists lists("");
    EXPECT_FALSE(lists.is_sound("l.test"));
    EXPECT_FALSE(lists.is_sound("l.test"));
    EXPECT_EQ(lists.told.size(), 1u);
    Lists all(R"({"name": "2.0.0.127.l.test", "type": "A", "data": "127.0.0.2"}
{"name": "1.0.0.127.l.test", "type": "A", "data": "127.0.0.2"})");
    EXPECT_FALSE(all.is_sound("l.test"));
    EXPECT_EQ(all.told, std::vector<std::string>{"l.test lists everything, even what never is to be listed"});
}

}  // namespace
