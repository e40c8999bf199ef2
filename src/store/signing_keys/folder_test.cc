// Keys of domains on a disk that loses power: after every crash there are the keys of before, or those of afterwards.
#include "signing_keys/folder.h"

#include <gtest/gtest.h>

#include "simulated_disk/simulated_disk.h"

namespace signing_keys {
namespace {

using simulated_disk::SimulatedDisk;

/// The simulated disk is looked at from outside as well.
class Borrowed final : public file::Disk {
public:
    explicit Borrowed(SimulatedDisk& disk) : disk_(disk) {}
    file::Result<std::unique_ptr<file::OpenFile>> open(const std::string& path, file::Mode mode) override {
        return disk_.open(path, mode);
    }
    file::Result<std::unique_ptr<file::OpenFile>> open_locked(const std::string& path) override {
        return disk_.open_locked(path);
    }
    file::Result<std::unique_ptr<file::OpenFile>> open_unnamed(const std::string& directory) override {
        return disk_.open_unnamed(directory);
    }
    file::Result<void> link_in(file::OpenFile& unnamed, const std::string& path) override {
        return disk_.link_in(unnamed, path);
    }
    file::Result<void> rename(const std::string& from, const std::string& to) override {
        return disk_.rename(from, to);
    }
    file::Result<void> link(const std::string& from, const std::string& to) override { return disk_.link(from, to); }
    file::Result<void> unlink(const std::string& path) override { return disk_.unlink(path); }
    file::Result<void> make_directory(const std::string& path, unsigned permissions) override {
        return disk_.make_directory(path, permissions);
    }
    file::Result<std::vector<file::Listed>> list(const std::string& directory) override {
        return disk_.list(directory);
    }
    file::Result<bool> exists(const std::string& path) override { return disk_.exists(path); }
    file::Result<void> sync_directory(const std::string& directory) override { return disk_.sync_directory(directory); }
    file::Result<std::uint64_t> free_bytes() override { return disk_.free_bytes(); }

private:
    SimulatedDisk& disk_;
};

Folder folder_on(SimulatedDisk& disk) { return Folder(std::make_unique<Borrowed>(disk)); }

NewKey made(const std::string& selector) {
    static const auto signer = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519);
    return {.key = {.selector = selector,
                    .kind = crypto::SignatureKind::Ed25519,
                    .public_octets = signer.public_octets(),
                    .made = 1},
            .pem = "PEM of " + selector};
}

TEST(SigningKeyFolder, KeepsTheKeysOfEachDomain) {
    SimulatedDisk disk;
    auto folder = folder_on(disk);
    EXPECT_EQ(folder.keys("x.test"), Keys{});
    ASSERT_TRUE(folder.lock("x.test"));
    ASSERT_TRUE(folder.add("x.test", {made("a"), made("b")}));
    EXPECT_EQ(folder.keys("x.test")->size(), 2u);
    EXPECT_EQ(folder.domains(), std::vector<std::string>{"x.test"});
    EXPECT_EQ(folder.has_file("x.test", "a"), true);
    EXPECT_FALSE(folder.add("x.test", {made("a")})) << "a key that is there is never overwritten";
    auto keys = *folder.keys("x.test");
    keys.erase(keys.begin());
    ASSERT_TRUE(folder.replace("x.test", keys));
    ASSERT_TRUE(folder.remove_file("x.test", "a"));
    EXPECT_EQ(folder.has_file("x.test", "a"), false);
    EXPECT_EQ(folder.keys("x.test"), keys);
}

// What could be written and not read would be the end of all keys of the domain.
TEST(SigningKeyFolder, HasNoMoreKeysThanCanBeRead) {
    SimulatedDisk disk;
    auto folder = folder_on(disk);
    ASSERT_TRUE(folder.lock("x.test"));
    std::vector<NewKey> many;
    for (std::size_t i = 1; i < most_keys; ++i) many.push_back(made("a" + std::to_string(i)));
    ASSERT_TRUE(folder.add("x.test", many));
    EXPECT_FALSE(folder.add("x.test", {made("b"), made("c")}));
    EXPECT_EQ(folder.has_file("x.test", "b"), false);
    ASSERT_TRUE(folder.add("x.test", {made("b")}));
    ASSERT_TRUE(folder.keys("x.test"));
    EXPECT_EQ(folder.keys("x.test")->size(), most_keys);
}

TEST(SigningKeyFolder, IsChangedByOneAtATime) {
    SimulatedDisk disk;
    auto folder = folder_on(disk);
    const auto lock = folder.lock("x.test");
    ASSERT_TRUE(lock);
    EXPECT_FALSE(folder.lock("x.test"));
    EXPECT_TRUE(folder.lock("y.test"));
}

TEST(SigningKeyFolder, SurvivesEveryCrash) {
    for (std::uint64_t seed = 0; seed < 5; ++seed)
        for (std::uint64_t at = 1; at < 40; ++at) {
            SimulatedDisk disk(seed);
            auto folder = folder_on(disk);
            ASSERT_TRUE(folder.lock("x.test"));
            ASSERT_TRUE(folder.add("x.test", {made("old")}));
            const auto before = *folder.keys("x.test");
            disk.faults().power_cut_at = disk.calls() + at;
            bool was_cut = false;
            try {
                std::ignore = folder.add("x.test", {made("new"), made("newer")});
            } catch (const simulated_disk::PowerCut&) {
                was_cut = true;
            }
            disk.faults() = {};
            disk.lose_power();
            const auto after = folder.keys("x.test");
            ASSERT_TRUE(after) << after.error();
            if (*after != before) {
                EXPECT_EQ(after->size(), 3u);
                for (const auto& key : *after) EXPECT_EQ(folder.has_file("x.test", key.selector), true) << key.selector;
            }
            if (!was_cut) EXPECT_EQ(after->size(), 3u);
        }
}

}  // namespace
}  // namespace signing_keys
