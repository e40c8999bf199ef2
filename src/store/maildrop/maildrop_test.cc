#include "maildrop/maildrop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "simulated_disk/simulated_disk.h"

namespace maildrop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MaildropTest : public testing::Test {
protected:
    MaildropTest() { disk.restore({{"new/", ""}, {"cur/", ""}, {"tmp/", ""}}); }

    void put(const std::string& path, const std::string& content = "Subject: x\n\nhello\n") {
        auto file = disk.open(path, file::Mode::CreateNew);
        ASSERT_TRUE(file) << path;
        ASSERT_TRUE((*file)->write_at(0, content));
    }
    Maildrop open() {
        auto opened = Maildrop::open(disk);
        EXPECT_TRUE(opened);
        return *std::move(opened);
    }
    std::set<std::string> mail() {
        std::set<std::string> found;
        for (const auto& [path, octets] : disk.image())
            if ((path.starts_with("new/") || path.starts_with("cur/")) && !path.ends_with('/')) found.insert(path);
        return found;
    }
    std::string text_of(Maildrop& maildrop, std::uint32_t number) {
        auto file = maildrop.fetch(number);
        return file ? (*file)->read_at(0, 1 << 20).value_or("?") : "none";
    }

    simulated_disk::SimulatedDisk disk;
};

// RFC 1939 §5: numbered from 1, here from the oldest on.
TEST_F(MaildropTest, NumbersTheMessagesOfNewAndCurByAge) {
    put("cur/1700000002.b.host:2,S");
    put("new/1700000010.c.host");
    put("new/1700000001.a.host");
    put("new/.hidden");
    disk.plant_symlink("new/1700000003.link.host");
    ASSERT_TRUE(disk.make_directory("new/1700000004.directory.host", 0700));
    auto maildrop = open();
    ASSERT_EQ(maildrop.size(), 3u);
    EXPECT_EQ(maildrop.unique_id(1), "1700000001.a.host");
    EXPECT_EQ(maildrop.unique_id(2), "1700000002.b.host");
    EXPECT_EQ(maildrop.unique_id(3), "1700000010.c.host");
}

TEST_F(MaildropTest, IsEmptyWithoutDirectories) {
    disk.restore({});
    EXPECT_EQ(open().size(), 0u);
}

// RFC 1939 §3, RFC 2449 §8.1.2
TEST_F(MaildropTest, HasOneSessionAtATime) {
    auto first = std::make_unique<Maildrop>(open());
    const auto second = Maildrop::open(disk);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().failure, Maildrop::Failure::InUse);
    first.reset();
    EXPECT_TRUE(Maildrop::open(disk));
}

// RFC 1939 §11: as many octets as the client gets.
TEST_F(MaildropTest, CountsOctetsAsOnTheWire) {
    put("new/1.a.host", "a: b\n\nx\n");         // 8 and three CRs
    put("new/2.b.host", "a: b\r\n\r\nno end");  // the end it lacks
    put("new/3.c.host,S=8,W=11", "not read");
    put("new/4.empty.host", "");
    auto maildrop = open();
    EXPECT_EQ(maildrop.octets(1), 11u);
    EXPECT_EQ(maildrop.octets(2), 16u);
    EXPECT_EQ(maildrop.octets(3), 11u);
    EXPECT_EQ(maildrop.octets(4), 0u);
    EXPECT_EQ(maildrop.count().messages, 4u);
    EXPECT_EQ(maildrop.count().octets, 38u);
    maildrop.mark(1);
    EXPECT_EQ(maildrop.count().messages, 3u);
    EXPECT_EQ(maildrop.count().octets, 27u);
}

// A million messages take longer than a client waits.
TEST_F(MaildropTest, ACountThatIsCutOffGoesOnTheNextTime) {
    constexpr std::size_t messages = 25, size = 1000;
    for (std::size_t i = 0; i < messages; ++i) put("new/" + std::to_string(i) + ".a.host", std::string(size, 'x'));
    {
        auto maildrop = open();
        disk.faults().power_cut_at = disk.calls() + 6;  // while it saves for the second time
        EXPECT_THROW(maildrop.count(10), simulated_disk::PowerCut);
    }
    disk.faults().power_cut_at.reset();
    disk.kill();
    const auto read = disk.octets_read();
    const auto count = open().count(10);
    EXPECT_EQ(count.messages, messages);
    EXPECT_EQ(count.octets, messages * (size + 2));
    EXPECT_LT(disk.octets_read() - read, (messages - 10) * size + 1000) << "ten were read before, and remembered";
}

TEST_F(MaildropTest, RemembersSizesAndCountsAnewWhereTheyAreDamaged) {
    put("new/1.a.host", "a: b\n\nx\n");
    {
        open().count();
    }
    const auto read = disk.octets_read();
    ASSERT_TRUE(disk.rename("new/1.a.host", "cur/1.a.host:2,S"));
    EXPECT_EQ(open().count().octets, 11u);
    EXPECT_LT(disk.octets_read() - read, 50u);  // the table
    auto image = disk.image();
    ASSERT_TRUE(image.contains("hermod-sizes"));
    image["hermod-sizes"].back() ^= 1;
    disk.restore(image);
    EXPECT_EQ(open().count().octets, 11u);
    disk.faults().capacity = 0;  // no room to remember anything
    put("new/2.b.host", "");
    EXPECT_EQ(open().count().messages, 2u);
}

// RFC 1939 §6
TEST_F(MaildropTest, DeletesWhatIsMarkedAndOnlyInTheEnd) {
    for (const char* name : {"new/1.a.host", "cur/2.b.host:2,S", "new/3.c.host"}) put(name);
    {
        auto maildrop = open();
        EXPECT_EQ(maildrop.mark(2), Reach::Here);
        EXPECT_EQ(maildrop.mark(2), Reach::Marked);
        EXPECT_EQ(maildrop.mark(4), Reach::Absent);
        EXPECT_EQ(maildrop.mark(0), Reach::Absent);
        EXPECT_EQ(text_of(maildrop, 2), "none");
    }
    EXPECT_THAT(mail(), testing::SizeIs(3));
    auto maildrop = open();
    maildrop.mark(1);
    maildrop.unmark_all();
    maildrop.mark(2);
    put("new/0.new.host");  // meanwhile
    const auto updated = maildrop.update();
    EXPECT_EQ(updated.deleted, 1u);
    EXPECT_EQ(updated.left, 0u);
    EXPECT_EQ(updated.remaining, 2u);
    EXPECT_THAT(mail(), ElementsAre("new/0.new.host", "new/1.a.host", "new/3.c.host"));
    disk.lose_power();
    EXPECT_FALSE(mail().contains("cur/2.b.host:2,S"));
}

// Another reader is at work in the same Maildir.
TEST_F(MaildropTest, FindsMessagesThatWereMoved) {
    for (const char* name : {"new/1.a.host", "new/2.b.host", "new/3.c.host"}) put(name, name);
    auto maildrop = open();
    ASSERT_TRUE(disk.rename("new/1.a.host", "cur/1.a.host:2,"));
    ASSERT_TRUE(disk.rename("new/2.b.host", "cur/2.b.host:2,S"));
    ASSERT_TRUE(disk.unlink("new/3.c.host"));
    EXPECT_EQ(text_of(maildrop, 1), "new/1.a.host");
    ASSERT_TRUE(disk.rename("cur/1.a.host:2,", "cur/1.a.host:2,RS"));
    maildrop.mark(1);
    EXPECT_EQ(maildrop.fetch(3).error(), Reach::Gone);
    EXPECT_EQ(maildrop.mark(3), Reach::Gone);
    EXPECT_EQ(text_of(maildrop, 2), "new/2.b.host");
    EXPECT_EQ(maildrop.update().deleted, 1u);
    EXPECT_THAT(mail(), ElementsAre("cur/2.b.host:2,S"));
}

TEST_F(MaildropTest, WhatSomebodyElseHasDeletedIsDeleted) {
    put("new/1.a.host");
    auto maildrop = open();
    maildrop.mark(1);
    ASSERT_TRUE(disk.unlink("new/1.a.host"));
    const auto updated = maildrop.update();
    EXPECT_EQ(updated.deleted, 1u);
    EXPECT_EQ(updated.left, 0u);
}

// RFC 1939 §7: ids are unique. Hostile: the copy is not deleted in place of what was marked.
TEST_F(MaildropTest, CopiesWithOneStemAreTwoMessages) {
    put("new/1.a.host", "one");
    put("cur/1.a.host:2,S", "two");
    auto maildrop = open();
    ASSERT_EQ(maildrop.size(), 2u);
    EXPECT_NE(maildrop.unique_id(1), maildrop.unique_id(2));
    EXPECT_EQ(text_of(maildrop, 1), "one");
    maildrop.mark(1);
    ASSERT_TRUE(disk.unlink("new/1.a.host"));
    maildrop.update();
    EXPECT_THAT(mail(), ElementsAre("cur/1.a.host:2,S"));
}

// RFC 1939 §6: the client is told what could not be removed.
TEST_F(MaildropTest, TellsWhatCouldNotBeDeleted) {
    for (const char* name : {"new/1.a.host", "new/2.b.host"}) put(name);
    {
        auto maildrop = open();
        maildrop.mark(1);
        maildrop.mark(2);
        disk.faults().errors[disk.calls() + 1] = EIO;
        const auto updated = maildrop.update();
        EXPECT_EQ(updated.left, 1u);
        EXPECT_EQ(updated.deleted, 1u);
        EXPECT_FALSE(updated.trouble.empty());
        EXPECT_THAT(mail(), ElementsAre("new/1.a.host"));
    }
    auto maildrop = open();
    maildrop.mark(1);
    disk.faults().one_sync_in = 1;
    EXPECT_EQ(maildrop.update().left, 1u);  // gone, perhaps not for good
}

// The Maildir++ quota hears of it, without what a reader had in the trash already.
TEST_F(MaildropTest, LessensTheUsage) {
    put("new/1.a.host,S=100");
    put("cur/2.b.host:2,S", "twelve octet");
    put("cur/3.c.host,S=50:2,T");
    put("maildirsize", "1000S\n162 2\n");
    auto maildrop = open();
    for (auto number : {1u, 2u, 3u}) maildrop.mark(number);
    maildrop.update();
    const auto text = disk.image().at("maildirsize");
    EXPECT_EQ(text.substr(0, 12), "1000S\n162 2\n");
    EXPECT_NE(text.find("-112 -2"), std::string::npos) << text;
}

// At whatever call the power goes or the process dies, only what was marked is missing.
TEST_F(MaildropTest, ADeathInTheUpdateDeletesNothingElse) {
    for (std::uint64_t at = 1;; ++at) {
        disk.restore({{"new/", ""}, {"cur/", ""}, {"new/1.a.h", ""}, {"new/2.b.h", ""}, {"cur/3.c.h:2,", ""}});
        bool died = false;
        {
            auto maildrop = open();
            for (auto number : {1u, 3u}) maildrop.mark(number);
            disk.faults().power_cut_at = disk.calls() + at;
            try {
                maildrop.update();
            } catch (const simulated_disk::PowerCut&) {
                died = true;
            }
        }
        disk.faults().power_cut_at.reset();
        at % 2 == 0 ? disk.lose_power() : disk.kill();
        EXPECT_TRUE(mail().contains("new/2.b.h")) << at;
        EXPECT_TRUE(Maildrop::open(disk)) << "the lock went with the process";
        if (!died) break;
    }
    EXPECT_THAT(mail(), ElementsAre("new/2.b.h"));
}

}  // namespace
}  // namespace maildrop
