#include "addressing/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "addressing/testing/fake_book.h"

namespace addressing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Rounds : public ::testing::Test {
protected:
    Rounds() {
        book.users = {"ann", "bob", "sergey"};
        book.domains["host.example"] = {.delimiters = "-", .has_instructions = true, .place = {}};
        book.domains["owned.example"] = {.has_users = false, .owner = "sergey", .place = {"hermod.toml", 7}};
    }

    std::vector<std::string> find(const std::vector<std::string>& entrances) {
        const auto onward = [this](const Delivery& delivery) {
            std::vector<Onward> all;
            if (delivery.kind == Delivery::Kind::Relay && delivery.address.domain == "back.example")
                all.push_back({smtp::to_text(delivery.address),
                               {smtp::to_text(delivery.address), "by its route", {"hermod.toml", 20}}});
            if (delivery.kind != Delivery::Kind::Mailbox) return all;
            const auto home = delivery.account + (delivery.extension.empty() ? "" : "-" + delivery.extension);
            for (const auto& [from, to] : instructions)
                if (from == home) all.push_back({to, {smtp::to_text(delivery.address), "", {"/home/" + from, 1}}});
            return all;
        };
        std::vector<std::string> texts;
        for (const auto& round : find_rounds(book, rules, entrances, onward)) texts.push_back(to_text(round));
        return texts;
    }

    testing::FakeBook book;
    Rules rules{.hostname = "host.example", .percent = {}};
    std::vector<std::pair<std::string, std::string>> instructions;
};

TEST_F(Rounds, OfAliases) {
    book.add_aliases("a: b\nb: c, ann\nc: a\nd: ann\n");
    EXPECT_THAT(find({"a@host.example", "b@host.example", "d@host.example"}),
                ElementsAre("a@host.example (/etc/aliases:1) leads to b@host.example (/etc/aliases:2) leads to "
                            "c@host.example (/etc/aliases:3) leads to a@host.example"));
}

TEST_F(Rounds, OfInstructions) {
    book.add_aliases("list: info@owned.example, ann\n");
    instructions = {{"sergey-info", "bob@host.example"}, {"bob", "list@host.example"}, {"ann", "eve@far.example"}};
    EXPECT_THAT(find({"list@host.example", "bob@host.example"}),
                ElementsAre("list@host.example (/etc/aliases:1) leads to info@owned.example (hermod.toml:7) leads to "
                            "sergey-info@owned.example (/home/sergey-info:1) leads to bob@host.example (/home/bob:1) "
                            "leads to list@host.example"));
}

TEST_F(Rounds, OfOneWhoSendsToHimself) {
    instructions = {{"ann", "bob@host.example"}, {"bob", "bob@host.example"}};
    EXPECT_THAT(find({"ann@host.example"}), ElementsAre("bob@host.example (/home/bob:1) leads to bob@host.example"));
}

TEST_F(Rounds, OfRoutes) {
    book.add_aliases("away: x@back.example\n");
    EXPECT_THAT(find({"away@host.example"}), ElementsAre("x@back.example (hermod.toml:20) leads to x@back.example"));
}

TEST_F(Rounds, AreNotSeenWhereThereAreNone) {
    book.add_aliases("a: ann, b\nb: ann, bob\nc: a, b, ann\n");
    instructions = {{"ann", "bob@host.example"}, {"sergey", "ann@host.example"}};
    EXPECT_THAT(find({"a@host.example", "b@host.example", "c@host.example", "sergey@host.example"}), IsEmpty());
}

// Hostile: a chain of instructions as long as somebody likes.
TEST_F(Rounds, AreFoundHoweverDeep) {
    book.domains["host.example"].delimiters = "-";
    for (int i = 0; i < 20'000; ++i)
        instructions.emplace_back("ann-" + std::to_string(i),
                                  "ann-" + std::to_string((i + 1) % 20'000) + "@host.example");
    std::map<std::string, std::string> next(instructions.begin(), instructions.end());
    const auto rounds = find_rounds(book, rules, {"ann-0@host.example"}, [&](const Delivery& delivery) {
        const auto to = next.find(delivery.account + "-" + delivery.extension);
        if (to == next.end()) return std::vector<Onward>();
        return std::vector<Onward>{{to->second, {smtp::to_text(delivery.address), "", {}}}};
    });
    ASSERT_EQ(rounds.size(), 1u);
    EXPECT_EQ(rounds[0].size(), 20'000u);
}

}  // namespace
}  // namespace addressing
