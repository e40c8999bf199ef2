#include "certificates/folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "certificates/first.h"

namespace {

namespace fs = std::filesystem;
using certificates::Folder;

struct FolderTest : testing::Test {
    fs::path place = [] {
        char name[] = "/tmp/certificates_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    Folder folder{file::Descriptor(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
    ~FolderTest() override { fs::remove_all(place); }

    std::string text(const std::string& name) const {
        std::ifstream file(place / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

TEST_F(FolderTest, IsEmptyAtFirst) {
    EXPECT_EQ(folder.account_key().value(), std::nullopt);
    EXPECT_FALSE(folder.live().value());
}

TEST_F(FolderTest, KeepsTheAccountKeyForItsOwnerAlone) {
    ASSERT_TRUE(folder.keep_account_key("key 1"));
    ASSERT_TRUE(folder.keep_account_key("key 2"));
    EXPECT_EQ(folder.account_key().value(), "key 2");
    struct stat status{};
    ASSERT_EQ(::stat((place / "account.pem").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(FolderTest, CertificateAndKeyChangeTogether) {
    ASSERT_TRUE(folder.replace({"certificate 1", "key 1", ""}));
    ASSERT_TRUE(folder.replace({"certificate 2", "key 2", "https://a/"}));
    ASSERT_TRUE(folder.replace({"certificate 3", "key 3", "https://b/"}));
    const auto live = folder.live().value();
    EXPECT_EQ(live->certificate, "certificate 3");
    EXPECT_EQ(live->source, "https://b/");
    EXPECT_EQ(live->key, "") << "nobody asked for it";
    EXPECT_EQ(text(certificates::key_file), "key 3");
    EXPECT_EQ(text("spare/certificate.pem"), "certificate 2");
    struct stat status{};
    ASSERT_EQ(::stat((place / certificates::key_file).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(FolderTest, OursIsForTheTimeBeforeTheFirst) {
    const std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));
    ASSERT_TRUE(certificates::sign_ourselves(folder, {"mx.example.org"}, now));
    const std::string ours = text(certificates::certificate_file);
    EXPECT_TRUE(ours.starts_with("-----BEGIN CERTIFICATE-----")) << ours;
    EXPECT_EQ(folder.live().value()->source, "");
    ASSERT_TRUE(certificates::sign_ourselves(folder, {"mx.example.org"}, now));
    EXPECT_EQ(text(certificates::certificate_file), ours) << "it was there already";
}

// A crash while the new pair was being written.
TEST_F(FolderTest, WhatIsHalfWrittenIsWrittenAnew) {
    ASSERT_TRUE(folder.replace({"certificate 1", "key 1", ""}));
    fs::create_directory(place / "spare");
    std::ofstream(place / "spare" / "key.pem") << "half";
    ASSERT_TRUE(folder.replace({"certificate 2", "key 2", ""}));
    EXPECT_EQ(text(certificates::certificate_file), "certificate 2");
    EXPECT_EQ(text(certificates::key_file), "key 2");
}

TEST_F(FolderTest, AFailureLeavesTheOldPair) {
    ASSERT_TRUE(folder.replace({"certificate 1", "key 1", ""}));
    std::ofstream(place / "spare") << "a file in the way";
    const auto replaced = folder.replace({"certificate 2", "key 2", ""});
    ASSERT_FALSE(replaced);
    EXPECT_NE(replaced.error().find("spare"), std::string::npos) << replaced.error();
    EXPECT_EQ(text(certificates::certificate_file), "certificate 1");
    EXPECT_EQ(text(certificates::key_file), "key 1");
}

}  // namespace
