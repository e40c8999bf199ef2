#include "pickup/backlog.h"

#include <gtest/gtest.h>

namespace pickup {
namespace {

TEST(Backlog, OwnersTakeTurns) {
    Backlog backlog({.waiting_per_owner = 10, .open_per_owner = 2, .open = 4});
    for (const char* name : {"a1", "a2", "a3", "a4"}) EXPECT_TRUE(backlog.add(1, name));
    EXPECT_TRUE(backlog.add(2, "b1"));
    EXPECT_TRUE(backlog.add(1, "a1"));  // once is enough
    std::vector<Backlog::Name> open;
    std::string order;
    while (auto name = backlog.next()) {
        order += name->file + ' ';
        open.push_back(*name);
    }
    EXPECT_EQ(order, "a1 b1 a2 ") << "no more than two of one owner at a time";
    EXPECT_TRUE(backlog.knows("a1"));
    backlog.done(open[0]);
    EXPECT_FALSE(backlog.knows("a1"));
    EXPECT_EQ(backlog.next()->file, "a3");
    EXPECT_FALSE(backlog.next());
    backlog.done(open[1]);
    backlog.done(open[2]);
    EXPECT_EQ(backlog.next()->file, "a4");
    EXPECT_EQ(backlog.open(), 2u);
}

// A file that was taken and cannot be removed would be sent again at every look.
TEST(Backlog, WhatIsStuckStaysKnownAndCounts) {
    Backlog backlog({.waiting_per_owner = 2, .open_per_owner = 2, .open = 4});
    EXPECT_TRUE(backlog.add(1, "a1"));
    backlog.done_for_good(*backlog.next());
    EXPECT_EQ(backlog.open(), 0u);
    EXPECT_TRUE(backlog.knows("a1"));
    EXPECT_TRUE(backlog.add(1, "a1"));
    EXPECT_FALSE(backlog.next());
    EXPECT_TRUE(backlog.add(1, "a2"));
    EXPECT_FALSE(backlog.add(1, "a3"));
    EXPECT_TRUE(backlog.add(2, "b1"));
}

// Hostile: a million files.
TEST(Backlog, OneOwnersFilesTakeLittleMemoryAndDelayNobody) {
    Backlog backlog({.waiting_per_owner = 100, .open_per_owner = 2, .open = 4});
    int kept = 0;
    for (int i = 0; i < 1'000'000; ++i) kept += backlog.add(1, std::to_string(i));
    EXPECT_EQ(kept, 100);
    backlog.add(2, "b");
    EXPECT_EQ(backlog.next()->owner, 1u);
    EXPECT_EQ(backlog.next()->file, "b");
}

}  // namespace
}  // namespace pickup
