#include "spool/journal_spool.h"

#include <cerrno>

#include "spool/testing.h"

namespace spool {
namespace {

using testing::accept;
using testing::progress;
using testing::transaction;
using testing::World;

MessageId put_in(World& world, std::string body = "body") {
    MessageId id = world.spool->next_id();
    EXPECT_TRUE(world.submit(transaction(accept(id, std::move(body)))));
    return id;
}

TEST(JournalSpool, KeepsWhatItAccepted) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId id = world.spool->next_id();
    Accept message = accept(id, "Subject: x\r\n\r\nbody\r\n", 70);
    message.envelope.envelope_id = "QQ314159";
    Envelope envelope = message.envelope;
    EXPECT_EQ(world.spool->entry(id), nullptr);
    ASSERT_TRUE(world.submit(transaction(std::move(message))));
    for (int start = 0; start < 3; ++start) {
        const Entry* entry = world.spool->entry(id);
        ASSERT_NE(entry, nullptr);
        ASSERT_EQ(entry->tasks.size(), 2u);
        EXPECT_EQ(entry->tasks[1].first, 64u);
        EXPECT_EQ(entry->tasks[1].pending, 0x3fu);
        EXPECT_EQ(entry->size, 20u);
        auto stored = world.spool->load(id);
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->octets, "Subject: x\r\n\r\nbody\r\n");
        EXPECT_EQ(stored->envelope, envelope);
        EXPECT_EQ(world.spool->load_envelope(id), envelope);
        world.power_cut_and_restart();
    }
    EXPECT_TRUE(world.reports.empty());
}

TEST(JournalSpool, ProgressShowsAtOnceAndLasts) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId id = world.spool->next_id();
    ASSERT_TRUE(world.submit(transaction(accept(id, "body", 3))));
    Progress tried = progress(id, 0b010, "450 4.2.1 later (mx.example.net)");
    tried.held = tried.delay_noticed = tried.awaits_release = true;
    world.spool->submit(transaction(tried), [](Outcome) {});
    EXPECT_EQ(world.spool->entry(id)->tasks[0].pending, 0b101u);
    world.run_until_idle();
    world.power_cut_and_restart();
    const Task& task = world.spool->entry(id)->tasks[0];
    EXPECT_EQ(task.pending, 0b101u);
    EXPECT_EQ(task.attempts, 1);
    EXPECT_EQ(task.due, 1'700'000'060'000);
    EXPECT_TRUE(task.held && task.delay_noticed && task.awaits_release);
    EXPECT_EQ(world.spool->diagnostic(task.diagnostic), "450 4.2.1 later (mx.example.net)");
    ASSERT_TRUE(world.submit(transaction(progress(id, 0b101))));
    EXPECT_EQ(world.spool->entry(id), nullptr);
    EXPECT_EQ(world.spool->load(id).error().number, ENOENT);
    world.power_cut_and_restart();
    EXPECT_EQ(world.spool->size(), 0u);
}

TEST(JournalSpool, LazyOutcomesWaitForTheNextGroupOrFlush) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId id = put_in(world);
    world.run_until_idle();
    world.spool->submit_lazily(transaction(progress(id, 1)));
    EXPECT_FALSE(world.commits.has_work());
    world.spool->flush();
    EXPECT_TRUE(world.commits.has_work());
}

// While one group syncs the next one forms: sixteen messages are two writes.
TEST(JournalSpool, CommitsInGroups) {
    World world;
    ASSERT_TRUE(world.open());
    put_in(world);
    world.run_until_idle();
    std::uint64_t before = world.disk.calls();
    int durable = 0;
    for (int i = 0; i < 16; ++i)
        world.spool->submit(transaction(accept(world.spool->next_id(), "x")),
                            [&](Outcome outcome) { durable += bool(outcome); });
    world.run_until_idle();
    EXPECT_EQ(durable, 16);
    EXPECT_EQ(world.disk.calls() - before, 4u);  // two times pwritev and fdatasync
}

TEST(JournalSpool, NothingIsReportedBeforeTheSync) {
    World world;
    ASSERT_TRUE(world.open());
    put_in(world);
    world.run_until_idle();
    bool reported = false;
    world.spool->submit(transaction(accept(world.spool->next_id(), "x")), [&](Outcome) { reported = true; });
    world.disk.faults().power_cut_at = world.disk.calls() + 2;  // the fdatasync
    EXPECT_THROW(world.run_until_idle(), simulated_disk::PowerCut);
    EXPECT_FALSE(reported);
}

// After a failed sync: the group's messages fail, its outcomes do not, and the segment is never touched again.
TEST(JournalSpool, GoesOnInTheNextSegmentAfterAFailedSync) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId old = put_in(world);
    world.run_until_idle();
    std::optional<Outcome> arrival, outcome;
    MessageId id = world.spool->next_id();
    world.disk.faults().errors[world.disk.calls() + 2] = EIO;
    world.spool->submit(transaction(accept(id, "new")), [&](Outcome reached) { arrival = reached; });
    world.commits.work();
    EXPECT_FALSE(arrival);
    world.spool->submit(transaction(progress(old, 1)), [&](Outcome reached) { outcome = reached; });
    world.commits.deliver();
    EXPECT_FALSE(arrival) << "told before the Abort is durable";
    world.run_until_idle();
    ASSERT_TRUE(arrival && outcome);
    EXPECT_EQ(*arrival, std::unexpected(Failure::Failed));
    EXPECT_TRUE(*outcome);
    EXPECT_EQ(world.spool->entry(id), nullptr);
    EXPECT_EQ(world.spool->segments_in_use(), 2u);
    EXPECT_EQ(world.reports.size(), 1u);
    MessageId next = put_in(world);
    for (int start = 0; start < 2; ++start) {
        world.restart();
        EXPECT_EQ(world.spool->size(), 1u);
        EXPECT_NE(world.spool->entry(next), nullptr);
    }
}

TEST(JournalSpool, IsBrokenAfterTwoFailuresInARow) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId old = put_in(world);
    world.run_until_idle();
    world.disk.faults().one_sync_in = 1;
    EXPECT_EQ(world.submit(transaction(accept(world.spool->next_id(), "new"))), std::unexpected(Failure::Broken));
    EXPECT_TRUE(world.spool->is_broken());
    EXPECT_EQ(world.submit(transaction(accept(world.spool->next_id(), "new"))), std::unexpected(Failure::Broken));
    EXPECT_TRUE(world.spool->load(old));
    EXPECT_EQ(world.submit(transaction(progress(old, 1))), std::unexpected(Failure::Broken));
    EXPECT_EQ(world.spool->entry(old), nullptr);
    world.disk.faults().one_sync_in = 0;
    world.power_cut_and_restart();
    EXPECT_TRUE(world.spool->load(old));
    put_in(world);
}

TEST(JournalSpool, BlobsAreNamedBeforeTheyCount) {
    World world;
    ASSERT_TRUE(world.open());
    std::string octets(300'000, 'b');
    auto make = [&](std::uint64_t size) {
        BlobId blob = world.spool->open_blob().value();
        EXPECT_TRUE(world.spool->blob(blob).write_at(0, octets));
        Accept message = accept(world.spool->next_id(), "");
        message.body.blob = blob;
        message.body.size = size;
        return message;
    };
    Accept good = make(octets.size());
    MessageId id = good.id;
    ASSERT_TRUE(world.submit(transaction(std::move(good))));
    EXPECT_EQ(world.submit(transaction(make(octets.size() + 1))), std::unexpected(Failure::Failed));
    world.spool->drop_blob(world.spool->open_blob().value());
    for (int start = 0; start < 2; ++start) {
        auto stored = world.spool->load(id);
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->octets, "");
        EXPECT_EQ(stored->blob->read_at(0, 1 << 20).value(), octets);
        world.run_until_idle();
        EXPECT_EQ(world.disk.list("blobs")->size(), 1u);
        world.power_cut_and_restart();
    }
    ASSERT_TRUE(world.submit(transaction(Remove{id})));
    world.run_until_idle();
    EXPECT_TRUE(world.disk.list("blobs")->empty());
}

TEST(JournalSpool, OrphanedBlobsGoAtStart) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId id = world.spool->next_id();
    ASSERT_TRUE(world.disk.open(blob_path(id), file::Mode::CreateNew));
    ASSERT_TRUE(world.disk.open("blobs/.unnamed-0123456789abcdef", file::Mode::CreateNew));
    world.restart();
    world.run_until_idle();
    EXPECT_TRUE(world.disk.list("blobs")->empty());
}

/// Messages until one is refused.
std::vector<MessageId> fill(World& world) {
    std::vector<MessageId> ids;
    for (int i = 0; i < 10'000; ++i) {
        MessageId id = world.spool->next_id();
        auto outcome = world.submit(transaction(accept(id, std::string(3000, 'x'))));
        world.run_until_idle();
        if (!outcome) {
            EXPECT_EQ(outcome.error(), Failure::Full);
            break;
        }
        ids.push_back(id);
    }
    return ids;
}

// Full for strangers long before it is full for outcomes; and what has left makes room.
TEST(JournalSpool, KeepsAReserveForOutcomes) {
    World world;
    world.disk.faults().capacity = 1'000'000;
    ASSERT_TRUE(world.open());
    auto ids = fill(world);
    ASSERT_GT(ids.size(), 50u);
    EXPECT_TRUE(world.spool->is_full());
    EXPECT_TRUE(world.reports.empty());
    world.restart();
    world.run_until_idle();
    EXPECT_TRUE(world.spool->is_full());
    for (MessageId id : ids) {
        MessageId bounce = world.spool->next_id();
        ASSERT_TRUE(world.submit(transaction(progress(id, 1), accept(bounce, "undelivered"))));
        ASSERT_TRUE(world.submit(transaction(progress(bounce, 1))));
        world.clock.advance(std::chrono::milliseconds(1100));
        world.run_until_idle();
    }
    for (int i = 0; i < 5; ++i) {
        world.clock.advance(std::chrono::seconds(2));
        world.spool->flush();
        world.run_until_idle();
    }
    EXPECT_FALSE(world.spool->is_full());
    EXPECT_GT(fill(world).size(), 50u);
}

// Looking whether there is room again is not yet room.
TEST(JournalSpool, AFullDiskStaysFullWhileASegmentIsTriedAgain) {
    World world;
    world.disk.faults().capacity = 1'000'000;
    ASSERT_TRUE(world.open());
    ASSERT_GT(fill(world).size(), 50u);
    for (int i = 0; i < 10; ++i) {
        world.clock.advance(std::chrono::milliseconds(1100));
        world.spool->flush();
        EXPECT_TRUE(world.spool->is_full());
        const MessageId id = world.spool->next_id();
        EXPECT_EQ(world.submit(transaction(accept(id, std::string(3000, 'x')))), std::unexpected(Failure::Full));
        EXPECT_TRUE(world.spool->is_full());
        world.run_until_idle();
    }
}

// A body that cannot be taken must not hold the room that is missing.
TEST(JournalSpool, AFullDiskKeepsNoRefusedBlob) {
    World world;
    world.disk.faults().capacity = 1'000'000;
    ASSERT_TRUE(world.open());
    const BlobId blob = world.spool->open_blob().value();
    ASSERT_TRUE(world.spool->blob(blob).write_at(0, std::string(3000, 'x')));
    ASSERT_GT(fill(world).size(), 50u);
    ASSERT_TRUE(world.spool->is_full());
    const auto used = world.disk.used();
    Accept with_blob = accept(world.spool->next_id(), "");
    with_blob.body.blob = blob;
    with_blob.body.size = 3000;
    EXPECT_EQ(world.submit(transaction(std::move(with_blob))), std::unexpected(Failure::Full));
    EXPECT_EQ(world.disk.used(), used - 3000);
}

// A start states the last groups anew in one record. Its messages are in memory as new ones are; and where they are
// not, each is read by itself.
TEST(JournalSpool, AStartUnderLoadKeepsReadsSmall) {
    for (bool from_memory : {true, false}) {
        SCOPED_TRACE(from_memory);
        World world;
        world.options.recent_octets = from_memory ? 1'000'000 : 0;
        ASSERT_TRUE(world.open());
        std::vector<MessageId> ids;
        for (int i = 0; i < 8; ++i) {
            ids.push_back(world.spool->next_id());
            world.spool->submit(transaction(accept(ids.back(), to_text(ids.back()) + std::string(3000, 'x'))), nullptr);
        }
        world.run_until_idle();
        world.restart();
        world.run_until_idle();
        const auto before = world.disk.octets_read();
        for (MessageId id : ids) {
            auto stored = world.spool->load(id);
            ASSERT_TRUE(stored);
            EXPECT_EQ(stored->octets, to_text(id) + std::string(3000, 'x'));
            EXPECT_EQ(stored->envelope, testing::envelope_for(1));
        }
        const auto read = world.disk.octets_read() - before;
        EXPECT_LT(read, from_memory ? 1u : ids.size() * 6000u);
    }
}

// Mail that stays does not keep its segment from being used again for ever.
TEST(JournalSpool, CopiesForwardWhatKeepsASegmentAlive) {
    World world;
    ASSERT_TRUE(world.open());
    std::vector<MessageId> staying;
    for (int i = 0; i < 1000; ++i) {
        MessageId id = put_in(world, std::to_string(i) + std::string(2000, 'x'));
        if (i % 60 == 0) {
            staying.push_back(id);
        } else {
            ASSERT_TRUE(world.submit(transaction(progress(id, 1))));
        }
        world.run_until_idle();
    }
    EXPECT_LE(world.spool->segments_in_use(), 12u);  // 17 messages in the way; about 100 segments were written
    for (int start = 0; start < 2; ++start) {
        for (std::size_t i = 0; i < staying.size(); ++i) {
            auto stored = world.spool->load(staying[i]);
            ASSERT_TRUE(stored);
            EXPECT_TRUE(stored->octets.starts_with(std::to_string(60 * i) + "x"));
        }
        EXPECT_EQ(world.spool->size(), staying.size());
        world.power_cut_and_restart();
    }
    EXPECT_TRUE(world.reports.empty());
}

TEST(JournalSpool, IdsAreNeverGivenTwice) {
    World world;
    ASSERT_TRUE(world.open());
    MessageId last = 0;
    for (int start = 0; start < 5; ++start) {
        MessageId id = world.spool->next_id();
        EXPECT_GT(id, last);
        last = id;
        world.power_cut_and_restart();
    }
    put_in(world);
    MessageId highest = world.spool->next_id();
    world.close();
    ASSERT_TRUE((*world.disk.open("starts", file::Mode::Write))->write_at(0, "nonsense"));
    world.restart();
    EXPECT_GT(world.spool->next_id(), highest);
}

TEST(JournalSpool, ASecondInstanceIsRefused) {
    World world;
    ASSERT_TRUE(world.open());
    auto second =
        JournalSpool::open({world.disk, world.commits, world.background, world.clock, [](const std::string&) {}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, Refusal::Reason::Locked);
}

TEST(JournalSpool, RefusesToStartAmongForeignFiles) {
    for (std::string path :
         {"notes.txt", "segments/core", "blobs/x", "segments/0000000000000001.bak", "checkpoint-1"}) {
        SCOPED_TRACE(path);
        World world;
        ASSERT_TRUE(world.open());
        world.close();
        world.disk.kill();
        ASSERT_TRUE(world.disk.open(path, file::Mode::CreateNew));
        auto opened = world.open();
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().reason, Refusal::Reason::Foreign);
        EXPECT_TRUE(opened.error().text.contains(path));
    }
    for (std::string path : {"trap", "segments/0000000000000001", "blobs/0000000000001", "lock"}) {
        SCOPED_TRACE(path);
        World world;
        ASSERT_TRUE(world.open());
        world.close();
        world.disk.kill();
        world.disk.plant_symlink(path);
        EXPECT_EQ(world.open().error().reason, Refusal::Reason::Foreign);
    }
}

TEST(JournalSpool, RefusesAFormatItDoesNotKnow) {
    World world;
    ASSERT_TRUE(world.open());
    world.close();
    world.disk.kill();
    ASSERT_TRUE((*world.disk.open("format", file::Mode::Write))->write_at(0, "hermod spool 2"));
    EXPECT_EQ(world.open().error().reason, Refusal::Reason::Version);
}

TEST(JournalSpool, ManyMessagesComeBackFromACheckpoint) {
    World world;
    ASSERT_TRUE(world.open());
    std::map<MessageId, std::uint64_t> pending;
    for (int i = 0; i < 600; ++i) {
        MessageId id = world.spool->next_id();
        ASSERT_TRUE(world.submit(transaction(accept(id, std::string(1000, 'x'), 5))));
        pending[id] = 31;
        if (i % 3 == 0) {
            world.spool->submit_lazily(transaction(progress(id, 3, "450 4.2.1 " + std::to_string(i % 7))));
            pending[id] = 28;
        }
    }
    world.spool->flush();
    world.run_until_idle();
    bool has_checkpoint = false;
    for (const auto& [path, octets] : world.disk.image()) has_checkpoint |= path.starts_with("checkpoint-");
    EXPECT_TRUE(has_checkpoint);
    world.power_cut_and_restart();
    EXPECT_EQ(world.spool->size(), pending.size());
    for (const auto& [id, bits] : pending) {
        ASSERT_NE(world.spool->entry(id), nullptr);
        EXPECT_EQ(world.spool->entry(id)->tasks[0].pending, bits);
        if (bits == 28)
            EXPECT_TRUE(world.spool->diagnostic(world.spool->entry(id)->tasks[0].diagnostic).starts_with("450"));
    }
}

}  // namespace
}  // namespace spool
