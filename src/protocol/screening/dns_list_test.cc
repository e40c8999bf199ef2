#include "screening/dns_list.h"

#include <gtest/gtest.h>

namespace {

using namespace screening;

dns::Name name(std::string_view text) { return dns::parse_name(text).value(); }
ip::Address address(std::string_view text) { return ip::parse_address(text).value(); }

dns::Answer answer(std::initializer_list<std::string_view> addresses) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::Found};
    for (const auto text : addresses)
        answer.records.push_back({name("x.list.test"), dns::Type::A, 300, dns::Host{address(text)}});
    return answer;
}

std::string asked(const ip::Address& client) { return to_text(question_about(client, name("list.test"))); }

// RFC 5782 §2.1, §2.4
TEST(DnsList, IsAskedByReversedAddresses) {
    EXPECT_EQ(asked(address("192.0.2.99")), "A 99.2.0.192.list.test");
    EXPECT_EQ(asked(address("2001:db8:1:2:3:4:567:89ab")),
              "A b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.list.test");
}

// RFC 5782 §3
TEST(DnsList, IsAskedByNames) {
    EXPECT_EQ(to_text(question_about(name("Example.NET"), name("rhs.test")).value()), "A example.net.rhs.test");
    EXPECT_FALSE(question_about(name("."), name("rhs.test")));
    const auto longest = name(std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
                              std::string(55, 'd'));
    EXPECT_FALSE(question_about(longest, name("rhs.test"))) << "that name does not exist";
}

// RFC 5782 §5
TEST(DnsList, HasTestPoints) {
    EXPECT_EQ(to_text(question_about_life(name("l.test"), false)), "A 2.0.0.127.l.test");
    EXPECT_EQ(to_text(question_about_sanity(name("l.test"), false)), "A 1.0.0.127.l.test");
    EXPECT_EQ(to_text(question_about_life(name("l.test"), true)), "A test.l.test");
    EXPECT_EQ(to_text(question_about_sanity(name("l.test"), true)), "A invalid.l.test");
}

TEST(DnsList, CountsWhatItsPatternsSay) {
    struct Case {
        const char* pattern;
        const char* answer;
        bool counts;
    };
    for (const auto& [pattern, given, counts] : std::initializer_list<Case>{
             {"127.0.0.4", "127.0.0.4", true},
             {"127.0.0.4", "127.0.0.5", false},
             {"127.0.0.2-127.0.0.11", "127.0.0.2", true},
             {"127.0.0.2-127.0.0.11", "127.0.0.11", true},
             {"127.0.0.2-127.0.0.11", "127.0.0.12", false},
             {"127.0.0.0/28", "127.0.0.15", true},
             {"127.0.0.0/28", "127.0.0.16", false},
             {"127.0.0.0&0.0.0.6", "127.0.0.2", true},
             {"127.0.0.0&0.0.0.6", "127.0.0.6", true},
             {"127.0.0.0&0.0.0.6", "127.0.0.3", false},
             {"127.0.0.0&0.0.0.6", "127.0.0.8", false},
             {"127.0.0.0&0.0.0.6", "127.0.1.2", false},
         }) {
        const auto parsed = parse_answer_pattern(pattern);
        ASSERT_TRUE(parsed) << pattern;
        EXPECT_EQ(!listings(answer({given}), {*parsed}).empty(), counts) << pattern << ' ' << given;
    }
    for (const char* bad : {"", "127", "127.0.0.4-", "127.0.0.5-127.0.0.4", "127.0.0.4&", "127.0.0.4&0.0.0.0",
                            "127.0.0.4&0.0.0.4", "::1", "127.0.0.0/33", "x", "127.0.0.1-127.0.0.2-127.0.0.3"})
        EXPECT_FALSE(parse_answer_pattern(bad)) << bad;
    EXPECT_EQ(listings(answer({"127.0.0.2", "127.0.0.9", "127.0.0.3"}), {*parse_answer_pattern("127.0.0.2-127.0.0.3")})
                  .size(),
              2u);
}

// A list that is dead, sold or in a temper does not list anybody.
TEST(DnsList, IsBelievedOnlyInEarnest) {
    EXPECT_EQ(listings(answer({"127.0.0.2"}), {}).size(), 1u);
    EXPECT_FALSE(complaint(answer({"127.0.0.2"})));
    for (const char* nonsense : {"127.255.255.254", "127.255.255.252", "0.0.0.0", "192.0.2.1", "203.0.113.7"}) {
        EXPECT_TRUE(listings(answer({nonsense}), {}).empty()) << nonsense;
        EXPECT_TRUE(complaint(answer({nonsense}))) << nonsense;
    }
    EXPECT_EQ(listings(answer({"127.255.255.254", "127.0.0.2"}), {}).size(), 1u);
    auto bogus = answer({"127.0.0.2"});
    bogus.outcome = dns::Outcome::Bogus;
    EXPECT_TRUE(listings(bogus, {}).empty());
    EXPECT_FALSE(complaint(bogus)) << "who knows what it says";
    const dns::Answer unlisted{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName};
    EXPECT_TRUE(listings(unlisted, {}).empty());
    EXPECT_FALSE(complaint(unlisted));
}

}  // namespace
