#include "simulated_disk/simulated_disk.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "simulated_disk/stepped_worker.h"

namespace simulated_disk {
namespace {

using file::Mode;

std::string octets_of(SimulatedDisk& disk, const std::string& path) {
    auto file = disk.open(path, Mode::Read);
    return file ? (*file)->read_at(0, 1 << 20).value() : "(absent)";
}

/// A file "f" that holds 'a' durably, overwritten with 'b' and not synced.
void overwrite(SimulatedDisk& disk, std::size_t size) {
    auto file = std::move(disk.open("f", Mode::CreateNew)).value();
    ASSERT_TRUE(file->write_at(0, std::string(size, 'a')));
    ASSERT_TRUE(file->sync_data());
    ASSERT_TRUE(disk.sync_directory("."));
    ASSERT_TRUE(file->write_at(0, std::string(size, 'b')));
}

TEST(SimulatedDisk, SyncedOctetsSurvive) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        SimulatedDisk disk(seed);
        overwrite(disk, 5000);
        ASSERT_TRUE((*disk.open("f", Mode::Write))->sync_data());
        disk.lose_power();
        EXPECT_EQ(octets_of(disk, "f"), std::string(5000, 'b'));
    }
}

TEST(SimulatedDisk, UnsyncedSectorsAreKeptDroppedOrTorn) {
    bool kept = false, dropped = false, torn = false;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        SimulatedDisk disk(seed);
        overwrite(disk, 3 * sector);
        disk.lose_power();
        std::string found = octets_of(disk, "f");
        ASSERT_EQ(found.size(), 3 * sector);
        kept |= found == std::string(found.size(), 'b');
        dropped |= found == std::string(found.size(), 'a');
        std::string_view first = std::string_view(found).substr(0, sector);
        torn |= first.contains('a') && first.contains('b');
    }
    EXPECT_TRUE(kept && dropped && torn);
}

TEST(SimulatedDisk, AKilledProcessLosesNothingThatWasWritten) {
    SimulatedDisk disk(1);
    overwrite(disk, 700);
    disk.kill();
    EXPECT_EQ(octets_of(disk, "f"), std::string(700, 'b'));
}

// The trap: after a failed fdatasync the pages count as clean, so a second one succeeds, and the octets are gone.
TEST(SimulatedDisk, ASecondSyncAfterAFailedOneLies) {
    bool lost = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedDisk disk(seed);
        overwrite(disk, 2 * sector);
        auto file = std::move(disk.open("f", Mode::Write)).value();
        disk.faults().errors[disk.calls() + 1] = EIO;
        ASSERT_FALSE(file->sync_data());
        ASSERT_TRUE(file->sync_data());
        EXPECT_EQ(octets_of(disk, "f"), std::string(2 * sector, 'b'));  // the page cache shows nothing of it
        disk.lose_power();
        lost |= octets_of(disk, "f").contains('a');
    }
    EXPECT_TRUE(lost);
}

TEST(SimulatedDisk, NamesNeedTheirDirectorySynced) {
    bool there = false, absent = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedDisk disk(seed);
        ASSERT_TRUE((*disk.open("f", Mode::CreateNew))->sync_data());
        if (seed % 2 == 0) {
            ASSERT_TRUE(disk.sync_directory("."));
        }
        disk.lose_power();
        bool found = disk.exists("f").value();
        if (seed % 2 == 0) {
            EXPECT_TRUE(found);
        } else {
            (found ? there : absent) = true;
        }
    }
    EXPECT_TRUE(there && absent);
}

TEST(SimulatedDisk, RenamesAreAtomicAndOrderedOrArbitrary) {
    std::set<std::string> seen[2];
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        for (auto loss : {NameLoss::InOrder, NameLoss::Arbitrary}) {
            SimulatedDisk disk(seed, {.name_loss = loss});
            disk.restore({{"a", "A"}, {"b", "B"}});
            ASSERT_TRUE(disk.rename("a", "x"));
            ASSERT_TRUE(disk.rename("b", "y"));
            disk.lose_power();
            std::string names;
            for (const auto& [path, octets] : disk.image()) names += path;
            seen[int(loss)].insert(names);
        }
    }
    EXPECT_EQ(seen[0], (std::set<std::string>{"ab", "bx", "xy"}));
    EXPECT_EQ(seen[1], (std::set<std::string>{"ab", "bx", "ay", "xy"}));
}

TEST(SimulatedDisk, PowerGoesAtTheCallThatWasAskedFor) {
    SimulatedDisk disk(3);
    auto file = std::move(disk.open("f", Mode::CreateNew)).value();
    disk.faults().power_cut_at = disk.calls() + 2;
    ASSERT_TRUE(file->write_at(0, "one"));
    EXPECT_THROW(static_cast<void>(file->write_at(0, "two")), PowerCut);
    EXPECT_FALSE(file->write_at(0, "three"));
    disk.lose_power();
    EXPECT_FALSE(file->write_at(0, "four"));  // a file of the life before
}

TEST(SimulatedDisk, IsFullAtItsCapacity) {
    SimulatedDisk disk;
    disk.faults().capacity = 1000;
    auto file = std::move(disk.open("f", Mode::CreateNew)).value();
    ASSERT_TRUE(file->write_at(0, std::string(800, 'x')));
    EXPECT_EQ(disk.free_bytes().value(), 200u);
    EXPECT_TRUE(file->write_at(700, std::string(400, 'x')).error().is_full());
    ASSERT_TRUE(file->write_at(0, std::string(800, 'y')));
    ASSERT_TRUE(disk.unlink("f"));
    EXPECT_EQ(disk.free_bytes().value(), 200u);
    file.reset();
    EXPECT_EQ(disk.free_bytes().value(), 1000u);
}

TEST(SimulatedDisk, LocksEndWithTheProcess) {
    SimulatedDisk disk;
    auto held = std::move(disk.open_locked("lock")).value();
    EXPECT_TRUE(disk.open_locked("lock").error().is_locked());
    disk.kill();
    EXPECT_TRUE(disk.open_locked("lock"));
}

TEST(SteppedWorker, ACrashMayComeBetweenTheWorkAndItsNews) {
    SteppedWorker worker;
    int worked = 0, heard = 0;
    worker.run([&] { ++worked; }, [&] { ++heard; });
    worker.work();
    EXPECT_EQ(worked, 1);
    EXPECT_EQ(heard, 0);
    worker.drop_all();
    EXPECT_FALSE(worker.step());
    EXPECT_EQ(heard, 0);
}

}  // namespace
}  // namespace simulated_disk
