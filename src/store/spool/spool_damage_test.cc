// Segments, blobs and checkpoints that were cut, flipped, swapped, or replaced by older ones.

#include <map>
#include <set>

#include "spool/testing.h"

namespace spool {
namespace {

using simulated_disk::Image;
using testing::accept;
using testing::progress;
using testing::transaction;
using testing::World;

std::string body_of(MessageId id, std::size_t size = 700) { return to_text(id) + std::string(size, 'x'); }

std::set<MessageId> ids_in(World& world) {
    std::set<MessageId> ids;
    world.spool->for_each([&](MessageId id, const Entry&) { ids.insert(id); });
    return ids;
}

MessageId put_in(World& world, std::size_t size = 700) {
    MessageId id = world.spool->next_id();
    EXPECT_TRUE(world.submit(transaction(accept(id, body_of(id, size)))));
    return id;
}

MessageId put_in_blob(World& world, std::size_t size) {
    MessageId id = world.spool->next_id();
    BlobId blob = world.spool->open_blob().value();
    std::string octets = body_of(id, size);
    EXPECT_TRUE(world.spool->blob(blob).write_at(0, octets));
    Accept with_blob = accept(id, "");
    with_blob.body.blob = blob;
    with_blob.body.size = octets.size();
    EXPECT_TRUE(world.submit(transaction(std::move(with_blob))));
    return id;
}

/// Every message that is there is whole; returns which ones are.
std::set<MessageId> readable(World& world, std::size_t size = 700) {
    std::set<MessageId> found;
    for (MessageId id : ids_in(world)) {
        auto stored = world.spool->load(id);
        if (!stored) continue;
        std::string octets = stored->blob ? stored->blob->read_at(0, 1 << 20).value() : stored->octets;
        EXPECT_TRUE(octets == body_of(id, size) || octets == body_of(id, 3000)) << to_text(id);
        EXPECT_EQ(stored->envelope, testing::envelope_for(1));
        found.insert(id);
    }
    world.run_until_idle();
    return found;
}

/// A disk with the first spool's files, and a spool that recovers from them.
std::unique_ptr<World> recovered(const Image& image, bool* refused = nullptr,
                                 Options options = testing::small_options()) {
    auto world = std::make_unique<World>(0, simulated_disk::Options{}, options);
    world->disk.restore(image);
    auto opened = world->open();
    if (refused) *refused = !opened;
    if (!refused) EXPECT_TRUE(opened) << opened.error().text;
    if (opened) world->run_until_idle();
    return world;
}

std::string first_segment(const Image& image) {
    for (const auto& [path, octets] : image)
        if (path.starts_with("segments/0")) return path;
    return {};
}

/// Where the octets that matter end.
std::size_t used(const std::string& octets) { return octets.find_last_not_of('\0') + 1; }

TEST(SpoolDamage, ATruncatedSegmentLosesItsTailOnly) {
    World world;
    world.options.segment_size = 24 * 1024;
    ASSERT_TRUE(world.open());
    std::vector<MessageId> ids;
    std::vector<std::size_t> ends;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(put_in(world));
        Image image = world.disk.image();
        ends.push_back(used(image[first_segment(image)]));
    }
    const Image whole = world.disk.image();
    const std::string path = first_segment(whole);
    for (std::size_t length = 0; length <= ends.back() && !HasFailure(); ++length) {
        SCOPED_TRACE(length);
        Image cut = whole;
        cut[path].resize(length);
        auto after = recovered(cut, nullptr, world.options);
        auto found = readable(*after);
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (ends[i] <= length) EXPECT_TRUE(found.contains(ids[i])) << "message " << i;
        EXPECT_EQ(found.size(), ids_in(*after).size());
    }
}

TEST(SpoolDamage, AFlippedBitCostsAtMostOneMessage) {
    World world;
    ASSERT_TRUE(world.open());
    std::set<MessageId> ids;
    for (int i = 0; i < 120; ++i) ids.insert(put_in(world));  // several segments and checkpoints
    ids.insert(put_in_blob(world, 3000));
    for (int i = 0; i < 20; ++i) ids.insert(put_in(world));
    world.run_until_idle();
    const Image whole = world.disk.image();
    simulated_disk::Dice dice(7);
    int losses = 0;
    for (const auto& [path, octets] : whole) {
        if (used(octets) == 0 || path == "lock" || path.contains("spare")) continue;
        for (int i = 0; i < 60 && !HasFailure(); ++i) {
            std::size_t at = dice.below(used(octets));
            SCOPED_TRACE(path + " at " + std::to_string(at));
            Image flipped = whole;
            flipped[path][at] = static_cast<char>(flipped[path][at] ^ (1 << dice.below(8)));
            bool refused = false;
            auto after = recovered(flipped, &refused);
            if (refused) {
                EXPECT_EQ(path, "format");
                continue;
            }
            auto found = readable(*after);
            if (found != ids) {
                ++losses;
                EXPECT_EQ(found.size() + 1, ids.size());
                EXPECT_FALSE(after->reports.empty()) << "a message is gone, and nobody is told";
            }
            after->restart();
            EXPECT_EQ(readable(*after), found);
        }
    }
    EXPECT_GT(losses, 0);
}

TEST(SpoolDamage, PagesThatMovedOrVanishedAreNoticed) {
    World world;
    ASSERT_TRUE(world.open());
    std::set<MessageId> ids;
    for (int i = 0; i < 10; ++i) ids.insert(put_in(world));  // a page each
    const Image whole = world.disk.image();
    const std::string path = first_segment(whole);
    auto check = [&](std::string_view what, std::size_t most_lost, const std::string& octets) {
        SCOPED_TRACE(what);
        Image changed = whole;
        changed[path] = octets;
        auto after = recovered(changed);
        auto found = readable(*after);
        EXPECT_GE(found.size() + most_lost, ids.size());
        EXPECT_EQ(found.size(), ids_in(*after).size());
        if (found.size() < ids.size()) EXPECT_FALSE(after->reports.empty());
    };
    const std::string& octets = whole.at(path);
    for (std::size_t page = 0; page < 10; ++page) {  // the last one is indistinguishable from one not yet written
        std::string zeroed = octets;
        zeroed.replace(page * page_size, page_size, page_size, '\0');
        check("zeroed", page == 0 ? 0 : 1, zeroed);
        std::string copied = octets;
        copied.replace(page * page_size, page_size, octets, (page + 1) * page_size, page_size);
        check("copied", page == 0 ? 0 : 1, copied);
        std::string swapped = copied;
        swapped.replace((page + 1) * page_size, page_size, octets, page * page_size, page_size);
        check("swapped", 2, swapped);
    }
}

/// Many messages go through the spool, so that segments are used again; the ones that stay are returned. `watch` is
/// called after each of them.
std::set<MessageId> bustle(
    World& world, Image* early,
    const std::function<void(int i, const std::set<MessageId>& staying)>& watch = [](int, const auto&) {}) {
    std::set<MessageId> staying;
    for (int i = 0; i < 400; ++i) {
        MessageId id = put_in(world);
        if (i % 40 == 0) {
            staying.insert(id);
        } else {
            EXPECT_TRUE(world.submit(transaction(progress(id, 1))));
        }
        world.run_until_idle();
        if (i == 40) *early = world.disk.image();
        watch(i, staying);
    }
    return staying;
}

TEST(SpoolDamage, AnOldSegmentPutBackDeliversNothingAgain) {
    World world;
    ASSERT_TRUE(world.open());
    Image early;
    auto staying = bustle(world, &early);
    const Image late = world.disk.image();
    EXPECT_EQ(ids_in(world), staying);
    int put_back = 0;
    for (const auto& [path, octets] : early) {
        if (!path.starts_with("segments/0") || (late.contains(path) && late.at(path) == octets)) continue;
        Image mixed = late;
        mixed[path] = octets;
        auto after = recovered(mixed);
        EXPECT_EQ(readable(*after), staying) << path;
        ++put_back;
    }
    EXPECT_GT(put_back, 0) << "no segment was used again";
}

TEST(SpoolDamage, ATornCheckpointIsReplacedByTheOneBefore) {
    World world;
    ASSERT_TRUE(world.open());
    Image early;
    auto staying = bustle(world, &early);
    const Image late = world.disk.image();
    std::vector<std::string> checkpoints;
    for (const auto& [path, octets] : late)
        if (path.starts_with("checkpoint-")) checkpoints.push_back(path);
    ASSERT_EQ(checkpoints.size(), 2u);
    for (std::size_t length = 0; length < late.at(checkpoints[1]).size(); length += 13) {
        SCOPED_TRACE(length);
        Image torn = late;
        torn[checkpoints[1]].resize(length);
        auto after = recovered(torn);
        EXPECT_EQ(readable(*after), staying);
        EXPECT_FALSE(after->reports.empty());
    }
    Image none = late;
    for (const std::string& path : checkpoints) none[path] = "nonsense";
    auto after = recovered(none);  // messages may come back, but none is lost
    auto found = readable(*after);
    for (MessageId id : staying) EXPECT_TRUE(found.contains(id)) << to_text(id);
}

// At any moment of a long run: the checkpoint before the newest one, and the journal it needs, are still there.
TEST(SpoolDamage, TheNewestCheckpointIsNeverTheOnlyOne) {
    World world;
    world.options.checkpoint_after = 64 * 1024;
    ASSERT_TRUE(world.open());
    Image early;
    int tried = 0;
    bustle(world, &early, [&](int i, const std::set<MessageId>& staying) {
        Image torn = world.disk.image();
        auto newest = torn.lower_bound("checkpoint.");
        if (i % 5 != 0 || newest == torn.begin() || !(--newest)->first.starts_with("checkpoint-")) return;
        newest->second.resize(10);
        if (!std::prev(newest)->first.starts_with("checkpoint-")) return;
        auto after = recovered(torn);
        EXPECT_EQ(readable(*after), staying);
        ++tried;
    });
    EXPECT_GT(tried, 30);
}

// The record is small, the message large: it must not go because its record did. Not the last record either: whether
// the crash cut it off or a sector went bad looks the same.
TEST(SpoolDamage, TheBodyOfADamagedRecordIsKeptForPeople) {
    for (bool is_last : {false, true}) {
        SCOPED_TRACE(is_last);
        World world;
        ASSERT_TRUE(world.open());
        MessageId good = put_in(world);
        MessageId bad = put_in_blob(world, 3000);
        if (!is_last) put_in(world);
        world.run_until_idle();
        Image image = world.disk.image();
        const std::string path = first_segment(image);
        const std::size_t second_page = page_size * 2;
        image[path][second_page + header_size + 20] ^= 1;
        auto after = recovered(image);
        EXPECT_EQ(ids_in(*after).size(), is_last ? 1u : 2u);
        EXPECT_TRUE(ids_in(*after).contains(good));
        const std::string kept = "quarantine/message-" + to_text(bad) + "-body";
        EXPECT_EQ(after->disk.image()[kept], body_of(bad, 3000));
        EXPECT_FALSE(after->disk.exists(blob_path(bad)).value());
        EXPECT_GE(after->disk.list("quarantine")->size(), 2u) << "and the octets of the record";
        EXPECT_FALSE(after->reports.empty());
        after->restart();
        EXPECT_TRUE(after->disk.exists(kept).value());
    }
}

TEST(SpoolDamage, ADamagedMessageLeavesTheQueueAndIsKeptForPeople) {
    for (bool is_blob : {false, true}) {
        SCOPED_TRACE(is_blob);
        World world;
        world.options.recent_octets = 0;
        ASSERT_TRUE(world.open());
        MessageId good = put_in(world);
        MessageId bad = is_blob ? put_in_blob(world, 3000) : put_in(world);
        Image image = world.disk.image();
        world.close();
        std::string path = is_blob ? blob_path(bad) : first_segment(image);
        std::size_t at = image[path].find(to_text(bad) + "xxx");
        ASSERT_NE(at, std::string::npos);
        world.disk.restore(image);
        ASSERT_TRUE(world.open());
        auto file = std::move(world.disk.open(path, file::Mode::Write)).value();
        if (!is_blob) at = world.disk.image()[path].find(to_text(bad) + "xxx");
        ASSERT_TRUE(file->write_at(at, "?"));
        std::string rewritten;  // the start wrote the last groups anew; damage that copy as well
        for (const auto& [other, octets] : world.disk.image())
            if (auto there = octets.find(to_text(bad) + "xxx"); there != std::string::npos && !is_blob)
                ASSERT_TRUE((*world.disk.open(other, file::Mode::Write))->write_at(there, "?"));
        EXPECT_EQ(world.spool->load(bad).error().number, EBADMSG);
        world.run_until_idle();
        EXPECT_EQ(ids_in(world), std::set{good});
        EXPECT_TRUE(world.disk.exists("quarantine/message-" + to_text(bad)).value());
        EXPECT_FALSE(world.reports.empty());
        world.restart();
        EXPECT_EQ(readable(world), std::set{good});
    }
}

}  // namespace
}  // namespace spool
