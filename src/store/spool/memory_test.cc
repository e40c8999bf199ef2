// What the spool keeps in memory: index, diagnostics, recent messages.

#include <gtest/gtest.h>

#include <map>

#include "simulated_disk/dice.h"
#include "spool/diagnostics.h"
#include "spool/index.h"
#include "spool/operations.h"
#include "spool/recent.h"
#include "spool/testing.h"

namespace spool {
namespace {

TEST(Index, AgreesWithAMap) {
    simulated_disk::Dice dice(1);
    Index index;
    std::map<MessageId, std::uint64_t> model;
    for (int i = 0; i < 200'000; ++i) {
        MessageId id = (1 + dice.below(3000)) << (dice.coin() ? 0 : 40);  // ids that differ in few bits
        if (dice.below(3) == 0) {
            index.erase(id);
            model.erase(id);
        } else {
            index.insert(id).entry.size = static_cast<std::uint64_t>(i);
            model[id] = static_cast<std::uint64_t>(i);
        }
        MessageId other = 1 + dice.below(3000);
        ASSERT_EQ(index.find(other) != nullptr, model.contains(other));
    }
    ASSERT_EQ(index.size(), model.size());
    for (const auto& [id, size] : model) ASSERT_EQ(index.find(id)->entry.size, size);
    std::size_t walked = 0;
    for (std::size_t number = 0; number < index.slots(); ++number) walked += index.slot(number) ? 1 : 0;
    EXPECT_EQ(walked, model.size());
}

TEST(Index, EntriesStayWhereTheyAre) {
    Index index;
    const Index::Slot* first = &index.insert(1);
    for (MessageId id = 2; id < 100'000; ++id) index.insert(id);
    EXPECT_EQ(index.find(1), first);
}

// ARCHITECTURE §3: at most 256 octets for a message with one recipient. The table has eight octets a cell and is at
// least a third full.
TEST(Index, IsSmall) {
    constexpr std::size_t heap_block = 48 + 16;  // one Task, and malloc's own
    EXPECT_LE(sizeof(Index::Slot) + heap_block + 3 * 8, 256u);
}

TEST(Diagnostics, KeepEachTextOnceAndAsLongAsNeeded) {
    Diagnostics diagnostics;
    auto first = diagnostics.intern("450 4.2.1 later");
    auto second = diagnostics.intern("451 4.3.0 sorry");
    EXPECT_EQ(diagnostics.intern("450 4.2.1 later"), first);
    EXPECT_EQ(diagnostics.text(first), "450 4.2.1 later");
    diagnostics.release(first);
    EXPECT_EQ(diagnostics.text(first), "450 4.2.1 later");
    diagnostics.release(first);
    EXPECT_EQ(diagnostics.text(first), "");
    EXPECT_EQ(diagnostics.text(second), "451 4.3.0 sorry");
    EXPECT_EQ(diagnostics.intern(""), 0u);
    EXPECT_EQ(diagnostics.size(), 1u);
    EXPECT_EQ(diagnostics.text(diagnostics.intern(std::string(9000, 'x'))).size(), longest_diagnostic);
}

// Hostile: a server that answers each time something else.
TEST(Diagnostics, DoNotFillTheMemory) {
    Diagnostics diagnostics;
    for (int i = 0; i < 200'000; ++i) diagnostics.intern("450 4.2.1 " + std::to_string(i) + std::string(400, 'x'));
    EXPECT_EQ(diagnostics.text(diagnostics.intern("450 4.2.1 7" + std::string(400, 'x'))).size(), 411u);
    EXPECT_LE(diagnostics.size(), Diagnostics::most_octets / 400 + 2);
    for (const auto& [text, want] : std::map<std::string, std::string>{{"450 4.2.1 ever new", "450 4.2.1"},
                                                                       {"450 4.2.1 12345678901", "450 4.2.1"},
                                                                       {"451 4.2.12345678", "451"},
                                                                       {"452 later", "452"}})
        EXPECT_EQ(diagnostics.text(diagnostics.intern(text)), want);
}

TEST(Recent, TheOldestGoFirst) {
    Recent recent(20'000);
    for (MessageId id = 1; id <= 40; ++id) recent.keep(id, testing::envelope_for(1), std::string(1000, 'x'));
    EXPECT_EQ(recent.find(1), nullptr);
    ASSERT_NE(recent.find(40), nullptr);
    EXPECT_EQ(recent.find(40)->octets.size(), 1000u);
    EXPECT_LE(recent.octets(), 20'000u);
    recent.forget(40);
    EXPECT_EQ(recent.find(40), nullptr);
    recent.keep(41, testing::envelope_for(1), std::string(30'000, 'x'));  // larger than all there is
    EXPECT_EQ(recent.find(41), nullptr);
    EXPECT_NE(recent.find(39), nullptr);
}

}  // namespace
}  // namespace spool
