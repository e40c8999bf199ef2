#include "mailbox/maildir.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "memory_disk_test.h"

namespace mailbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t now = 1'700'000'000;

Mail mail_number(int number, std::string body = "hello\r\n") {
    const auto size = body.size();
    return {.queue_id = fmt::format("ID{}", number),
            .arrived = now * 1000,
            .reverse_path = "a@example.org",
            .fields = "Return-Path: <a@example.org>\r\n",
            .content = content_of("Subject: x\r\n\r\n" + std::move(body)),
            .size = size + 14};
}

TEST(Maildir, IsMadeWhereMissingAndFilledDurably) {
    MemoryDisk disk;
    Maildir maildir(disk, "Maildir", "mx.example.org");
    const auto outcomes = maildir.deliver(std::vector{mail_number(1)}, now);
    ASSERT_THAT(outcomes, SizeIs(1));
    ASSERT_TRUE(outcomes[0]) << to_text(outcomes[0].error());
    disk.crash();
    EXPECT_THAT(disk.in("Maildir/new"), ElementsAre("1700000000.QID1R0.mx.example.org"));
    EXPECT_EQ(disk.names["Maildir/new/1700000000.QID1R0.mx.example.org"]->data,
              "Return-Path: <a@example.org>\nSubject: x\n\nhello\n");
    EXPECT_THAT(disk.in("Maildir/tmp"), IsEmpty());
    EXPECT_TRUE(disk.names.contains("Maildir/cur"));
}

TEST(Maildir, OneDirectorySyncIsEnoughForABatch) {
    MemoryDisk disk;
    Maildir maildir(disk, "Maildir", "h");
    maildir.deliver(std::vector{mail_number(1)}, now);
    disk.calls.clear();
    maildir.deliver(std::vector{mail_number(2), mail_number(3), mail_number(4)}, now);
    EXPECT_EQ(std::ranges::count(disk.calls, "fsync Maildir/new"), 1);
    EXPECT_EQ(std::ranges::count_if(disk.calls, [](auto& call) { return call.starts_with("list"); }), 0);
    EXPECT_THAT(disk.in("Maildir/new"), SizeIs(4));
}

// A disk flushes once for all who wait for it: so every file is there before the first is synced, and each is synced
// before it gets its name.
TEST(Maildir, ABatchIsWrittenThenSyncedThenNamed) {
    MemoryDisk disk;
    Maildir joe(disk, "joe", "h");
    Maildir ann(disk, "ann", "h");
    joe.deliver(std::vector{mail_number(1)}, now);
    ann.deliver(std::vector{mail_number(1)}, now);
    disk.calls.clear();
    const std::vector for_joe{mail_number(2), mail_number(3)};
    const std::vector for_ann{mail_number(4)};
    file::OneByOne one_by_one;
    const auto outcomes = deliver(std::array{Posting{&joe, for_joe}, Posting{&ann, for_ann}}, now, one_by_one);
    ASSERT_THAT(outcomes, ElementsAre(SizeIs(2), SizeIs(1)));
    for (const auto& of_one : outcomes)
        for (const auto& outcome : of_one) EXPECT_TRUE(outcome);

    std::vector<std::string> kinds;
    for (const auto& call : disk.calls) {
        const auto kind = call.substr(0, call.find(' '));
        if (kind != "exists" && (kinds.empty() || kinds.back() != kind)) kinds.push_back(kind);
    }
    EXPECT_THAT(kinds, ElementsAre("open", "write", "open", "write", "open", "write", "fdatasync", "rename", "fsync"));
    EXPECT_EQ(std::ranges::count_if(disk.calls, [](auto& call) { return call.starts_with("fsync"); }), 2);
}

TEST(Maildir, OfTwinsInABatchTheSecondWaits) {
    MemoryDisk disk;
    Maildir maildir(disk, "Maildir", "h");
    const auto outcomes = maildir.deliver(std::vector{mail_number(1), mail_number(1)}, now);
    EXPECT_TRUE(outcomes[0]);
    ASSERT_FALSE(outcomes[1]);
    EXPECT_EQ(outcomes[1].error().code, Failure::Code::Locked);
    EXPECT_THAT(disk.in("Maildir/new"), SizeIs(1));
    EXPECT_TRUE(maildir.deliver(std::vector{mail_number(1)}, now)[0]);
    EXPECT_THAT(disk.in("Maildir/new"), SizeIs(1));
}

TEST(Maildir, AQuotaMeasuresAlsoWhatTheSameBatchBrings) {
    MemoryDisk disk;
    Maildir maildir(disk, "Maildir", "h", {.messages = 2});
    const auto outcomes = maildir.deliver(std::vector{mail_number(1), mail_number(2), mail_number(3)}, now);
    EXPECT_TRUE(outcomes[0]);
    EXPECT_TRUE(outcomes[1]);
    ASSERT_FALSE(outcomes[2]);
    EXPECT_EQ(outcomes[2].error().code, Failure::Code::OverQuota);
    EXPECT_THAT(disk.in("Maildir/new"), SizeIs(2));

    // Where what is there has to be counted in the middle of the batch, as the file says that it is too much.
    MemoryDisk other;
    Maildir(other, "Maildir", "h", {.messages = 2}).deliver(std::vector{mail_number(1)}, now);
    other.names["Maildir/maildirsize"]->data += "1000 7\n";
    const auto counted =
        Maildir(other, "Maildir", "h", {.messages = 2}).deliver(std::vector{mail_number(2), mail_number(3)}, now);
    EXPECT_TRUE(counted[0]);
    EXPECT_FALSE(counted[1]);
    EXPECT_THAT(other.in("Maildir/new"), SizeIs(2));
}

TEST(Maildir, ASecondAttemptFindsTheFirst) {
    MemoryDisk disk;
    auto mail = mail_number(1);
    Maildir(disk, "Maildir", "h").deliver(std::vector{mail}, now);
    const auto first = disk.in("Maildir/new").front();

    mail.may_be_here = true;
    EXPECT_TRUE(Maildir(disk, "Maildir", "h").deliver(std::vector{mail}, now)[0]);
    EXPECT_THAT(disk.in("Maildir/new"), SizeIs(1));

    // Its reader has looked at it meanwhile.
    static_cast<void>(disk.rename("Maildir/new/" + first, "Maildir/cur/" + first + ":2,RS"));
    Maildir again(disk, "Maildir", "h");
    EXPECT_TRUE(again.deliver(std::vector{mail, mail}, now)[0]);
    EXPECT_THAT(disk.in("Maildir/new"), IsEmpty());
    EXPECT_THAT(disk.in("Maildir/cur"), SizeIs(1));

    // What this object delivered itself counts too, although it is younger than the snapshot.
    auto second = mail_number(2);
    again.deliver(std::vector{second}, now);
    const auto name = disk.in("Maildir/new").front();
    static_cast<void>(disk.rename("Maildir/new/" + name, "Maildir/cur/" + name + ":2,S"));
    second.may_be_here = true;
    again.deliver(std::vector{second}, now);
    EXPECT_THAT(disk.in("Maildir/new"), IsEmpty());
}

TEST(Maildir, AnAttemptCutOffBeforeTheSyncIsMadeDurableByTheNext) {
    MemoryDisk disk;
    Maildir(disk, "Maildir", "h").deliver(std::vector{mail_number(9)}, now);
    auto mail = mail_number(1);
    mail.may_be_here = true;
    // As if killed between rename and sync: visible, not durable.
    disk.names["Maildir/new/1700000000.QID1R0.h"] =
        std::make_shared<MemoryDisk::Node>(MemoryDisk::Node{.data = "x", .synced = "x"});
    EXPECT_TRUE(Maildir(disk, "Maildir", "h").deliver(std::vector{mail}, now)[0]);
    disk.crash();
    EXPECT_TRUE(disk.names.contains("Maildir/new/1700000000.QID1R0.h"));
}

TEST(Maildir, TheRestOfACutOffAttemptIsOverwritten) {
    MemoryDisk disk;
    Maildir maildir(disk, ".", "h");
    maildir.deliver(std::vector{mail_number(1)}, now);
    disk.add("./tmp/1700000000.QID2R0.h", "half a mess");
    EXPECT_TRUE(maildir.deliver(std::vector{mail_number(2)}, now)[0]);
    EXPECT_THAT(disk.in("./tmp"), IsEmpty());
    EXPECT_THAT(disk.names["./new/1700000000.QID2R0.h"]->data, Not(testing::HasSubstr("half")));
}

// Each call fails in turn; then the power goes. What was reported as delivered is there, whole; a retry delivers the
// others, and nothing is there twice.
TEST(Maildir, NoFailureLosesOrDoublesAMessage) {
    for (int failing = 0; failing < 60; ++failing) {
        for (const bool power_cut : {false, true}) {
            SCOPED_TRACE(fmt::format("call {} fails, {}", failing, power_cut ? "power cut" : "going on"));
            MemoryDisk disk;
            std::vector batch{mail_number(1), mail_number(2)};
            disk.calls_until_failure = failing;
            auto before = std::make_unique<Maildir>(disk, "Maildir", "h");
            const auto outcomes = before->deliver(batch, now);
            disk.calls_until_failure.reset();
            if (power_cut) {
                disk.crash();
                before.reset();
            }
            for (std::size_t i = 0; i < batch.size(); ++i)
                if (outcomes[i]) {
                    const auto name = fmt::format("Maildir/new/1700000000.QID{}R0.h", i + 1);
                    ASSERT_TRUE(disk.names.contains(name));
                    EXPECT_TRUE(disk.names[name]->data.ends_with("hello\n"));
                }
            for (auto& mail : batch) mail.may_be_here = true;
            Maildir after(disk, "Maildir", "h");
            for (const auto& outcome : after.deliver(batch, now)) EXPECT_TRUE(outcome);
            disk.crash();
            EXPECT_THAT(disk.in("Maildir/new"), SizeIs(2));
            for (const auto& name : disk.in("Maildir/new"))
                EXPECT_TRUE(disk.names["Maildir/new/" + name]->data.ends_with("hello\n"));
        }
    }
}

TEST(Maildir, AFailedSyncIsNotFollowedByASuccessForTheSameName) {
    MemoryDisk disk;
    Maildir maildir(disk, "Maildir", "h");
    maildir.deliver(std::vector{mail_number(1)}, now);
    disk.calls.clear();
    maildir.deliver(std::vector{mail_number(2)}, now);
    const auto calls = disk.calls;
    ASSERT_EQ(calls.back(), "fsync Maildir/new");
    disk.calls_until_failure = static_cast<int>(calls.size()) - 1;
    EXPECT_FALSE(maildir.deliver(std::vector{mail_number(3)}, now)[0]);
    EXPECT_FALSE(disk.names.contains("Maildir/new/1700000000.QID3R0.h"));
}

TEST(Maildir, FullDiskIsToldFromOtherTrouble) {
    MemoryDisk disk;
    disk.failure = ENOSPC;
    disk.calls_until_failure = 14;
    Maildir maildir(disk, "Maildir", "h");
    for (int i = 0; i < 3; ++i) {
        const auto outcome = maildir.deliver(std::vector{mail_number(i)}, now)[0];
        if (!outcome) EXPECT_EQ(outcome.error().code, Failure::Code::Full);
    }
}

TEST(Maildir, OldRestsOfOthersAreRemoved) {
    MemoryDisk disk;
    Maildir(disk, "Maildir", "h").deliver(std::vector{mail_number(1)}, now);
    disk.add(fmt::format("Maildir/tmp/{}.M1P2.other", now - 37 * 3600));
    disk.add(fmt::format("Maildir/tmp/{}.M1P2.other", now - 35 * 3600));
    disk.add("Maildir/tmp/notes");
    Maildir(disk, "Maildir", "h").deliver(std::vector{mail_number(2)}, now);
    EXPECT_THAT(disk.in("Maildir/tmp"), ElementsAre(fmt::format("{}.M1P2.other", now - 35 * 3600), "notes"));
}

TEST(Maildir, QuotaIsKeptInTheSizeFile) {
    MemoryDisk disk;
    const Quota quota{.bytes = 200, .messages = 0};
    Maildir maildir(disk, "Maildir", "h", quota);
    EXPECT_TRUE(maildir.deliver(std::vector{mail_number(1, std::string(80, 'x'))}, now)[0]);
    EXPECT_THAT(disk.in("Maildir/new"), ElementsAre("1700000000.QID1R0.h,S=122"));
    EXPECT_EQ(disk.names["Maildir/maildirsize"]->data, "200S\n0 0\n122 1\n");
    // The same again is the same, although its name carries a size.
    auto again = mail_number(1, std::string(80, 'x'));
    again.may_be_here = true;
    EXPECT_TRUE(maildir.deliver(std::vector{again}, now)[0]);
    EXPECT_THAT(disk.in("Maildir/new"), SizeIs(1));

    const auto refused = maildir.deliver(std::vector{mail_number(2, std::string(80, 'x'))}, now)[0];
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Failure::Code::OverQuota);

    // The reader deletes; nobody told the size file; a quarter of an hour later we count.
    static_cast<void>(disk.unlink("Maildir/new/1700000000.QID1R0.h,S=122"));
    EXPECT_TRUE(maildir.deliver(std::vector{mail_number(3, std::string(80, 'x'))}, now + 901)[0]);
    EXPECT_EQ(disk.names["Maildir/maildirsize"]->data, "200S\n0 0\n122 1\n");
}

TEST(Maildir, QuotaCountsFoldersButNotTrash) {
    MemoryDisk disk;
    Maildir(disk, "Maildir", "h").deliver(std::vector{mail_number(1)}, now);
    for (const char* directory : {"Maildir/.Sent", "Maildir/.Sent/cur", "Maildir/.Trash", "Maildir/.Trash/cur"})
        static_cast<void>(disk.make_directory(directory, 0700));
    disk.add("Maildir/.Sent/cur/1.a.h:2,S", "12345");
    disk.add("Maildir/.Trash/cur/2.a.h:2,S", "1234567890");
    disk.add("Maildir/cur/3.a.h:2,T", "1234567890");
    Maildir(disk, "Maildir", "h", {.bytes = 10'000, .messages = 3}).deliver(std::vector{mail_number(2)}, now);
    EXPECT_TRUE(disk.names["Maildir/maildirsize"]->data.starts_with("10000S,3C\n52 2\n"))
        << disk.names["Maildir/maildirsize"]->data;
}

}  // namespace
}  // namespace mailbox
