#include "directory/inquiries.h"

#include <gtest/gtest.h>

#include <deque>

namespace directory {
namespace {

using namespace std::chrono_literals;

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now = clocks::Steady(1000h);
};

struct QuestionsThatWait : ::testing::Test {
    SetClock clock;
    KeptAccounts kept{{.domains = {"v.test"}, .has_aliases = true, .keep = 60s, .keep_absent = 10s, .most = 100},
                      clock};
    Inquiries inquiries;
    std::deque<std::pair<Question, Inquiries::Tell>> asked;
    std::size_t most = 10;
    bool is_down = false;
    int questions = 0;
    std::vector<std::string> told;

    QuestionsThatWait() {
        inquiries.add(kept, [this](const Question& question, Inquiries::Tell tell) {
            if (asked.size() >= most) return false;
            ++questions;
            asked.emplace_back(question, std::move(tell));
            return true;
        });
    }
    /// The source has ann; and "sales", which leads to her.
    Known answer(const Question& question) const {
        if (question.kind == Question::Kind::Account) {
            if (question.name != "ann@v.test") return std::optional<accounts::Account>();
            return std::optional(accounts::Account{.address = question.name});
        }
        if (question.name != "sales@v.test") return std::optional<accounts::Alias>();
        return std::optional(
            accounts::Alias{.name = question.name, .targets = *addressing::parse_targets("ann@v.test")});
    }
    void work() {
        while (!asked.empty()) {
            auto [question, tell] = std::move(asked.front());
            asked.pop_front();
            tell(is_down ? std::nullopt : std::optional(answer(question)));
        }
    }
    /// As a resolver does: one question after another, and none behind one that is open.
    std::string resolve(const std::string& address) {
        const auto alias = kept.alias(address);
        if (!alias) return "451";
        if (*alias) return resolve((*alias)->targets.front().text);
        const auto account = kept.account(address);
        return !account ? "451" : *account ? "250" : "550";
    }
    void ask(const std::string& address) {
        inquiries.settle<std::string>([this, address] { return resolve(address); },
                                      [this](const std::string& answer) { told.push_back(answer); });
    }
};

TEST_F(QuestionsThatWait, AreAnsweredWhenTheSourceHas) {
    ask("ann@v.test");
    EXPECT_TRUE(told.empty());
    work();
    ask("nobody@v.test");
    work();
    ask("sales@v.test");
    work();
    EXPECT_EQ(told, (std::vector<std::string>{"250", "550", "250"}));
    const int before = questions;
    ask("ann@v.test");
    ask("nobody@v.test");
    EXPECT_EQ(told.size(), 5u) << "known by now";
    clock.now += 11s;
    ask("nobody@v.test");
    EXPECT_EQ(told.size(), 5u) << "somebody who did not exist may have come";
    ask("ann@v.test");
    EXPECT_EQ(told.size(), 5u) << "that there is no alias is known no longer than that";
    work();
    EXPECT_EQ(questions, before + 3) << "of ann only the alias";
    EXPECT_EQ(inquiries.waiting(), 0u);
}

TEST_F(QuestionsThatWait, OfOtherDomainsNothingIsAsked) {
    ask("ann@other.test");
    ask("ann");
    EXPECT_EQ(told, (std::vector<std::string>{"550", "550"}));
    EXPECT_EQ(questions, 0);
}

TEST_F(QuestionsThatWait, EachIsAskedOnce) {
    for (int i = 0; i < 5; ++i) ask("ann@v.test");
    EXPECT_EQ(questions, 1);
    work();
    EXPECT_EQ(told, std::vector<std::string>(5, "250"));
    EXPECT_EQ(questions, 2);
}

// While it is down or slow: later, and never no.
TEST_F(QuestionsThatWait, ASourceThatCannotSayIsForLater) {
    is_down = true;
    ask("ann@v.test");
    work();
    ask("nobody@v.test");
    work();
    EXPECT_EQ(told, (std::vector<std::string>{"451", "451"}));
    is_down = false;
    ask("ann@v.test");
    work();
    EXPECT_EQ(told.back(), "250");
    most = 0;
    ask("bob@v.test");
    EXPECT_EQ(told.back(), "451") << "too many wait";
    EXPECT_EQ(inquiries.waiting(), 0u);
}

// Hostile: a source that goes on for ever, and more addresses than there is room for.
TEST_F(QuestionsThatWait, ComeToAnEnd) {
    int rounds = 0;
    inquiries.settle<std::string>(
        [&] {
            static_cast<void>(kept.account(std::to_string(++rounds) + "@v.test"));
            return "451";
        },
        [this](const std::string& answer) { told.push_back(answer); });
    work();
    EXPECT_EQ(told.size(), 1u);
    EXPECT_LE(rounds, 100);
    ask("ann@v.test");
    work();
    for (int i = 0; i < 1000; ++i) {
        ask(std::to_string(i) + "@x@v.test");
        work();
        EXPECT_LE(kept.size(), 100u);
    }
    const int before = questions;
    EXPECT_TRUE(kept.account("ann@v.test").value().has_value()) << "who receives mail stays known";
    EXPECT_EQ(questions, before);
}

}  // namespace
}  // namespace directory
