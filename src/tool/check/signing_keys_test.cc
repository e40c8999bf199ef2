// Keys as a running server takes them in anew: what is wrong with those of one domain is not the end of others.
#include "check/signing_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "check/signing_site.h"
#include "config/parse.h"
#include "file/posix_disk.h"
#include "signing_keys/folder.h"
#include "signing_keys/testing.h"

namespace check {
namespace {

struct Renewing : testing::Test {
    Renewing() {
        std::filesystem::create_directories(place());
        for (const auto* domain : {"a.test", "b.test"})
            for (const auto* selector : {"one", "two"}) add(domain, selector);
        configuration = fmt::format("hostname = \"mx.a.test\"\ndata_directory = \"{}\"\n[dkim]\nsign = true\n", root);
        EXPECT_EQ(renewed(), "");
    }
    ~Renewing() override { std::filesystem::remove_all(root); }

    void add(const std::string& domain, const std::string& selector) const {
        signing_keys::testing::add_used_key(open(), domain, selector);
    }
    void revoke(const std::string& domain, const std::string& selector) const {
        auto folder = open();
        auto keys = *folder.keys(domain);
        signing_keys::revoke(keys, {selector}, 5);
        ASSERT_TRUE(folder.replace(domain, keys));
        ASSERT_TRUE(folder.remove_file(domain, selector));
    }
    /// What is in trouble; the configuration is then the new one.
    std::string renewed() {
        auto now = renew_signing_keys(configuration);
        EXPECT_TRUE(now) << now.error();
        configuration = now->configuration;
        files = now->files.size();
        return now->trouble;
    }
    /// "one a.test", …
    std::vector<std::string> signing() const {
        std::vector<std::string> all;
        for (const auto& key : signing_site_in(*config::parse_text(configuration, ""))->dkim.known)
            if (key.signs) all.push_back(key.selector + " " + key.domain);
        std::ranges::sort(all);
        return all;
    }
    std::string place() const { return root + "/keys/dkim"; }
    signing_keys::Folder open() const { return signing_keys::Folder(*file::PosixDisk::open(place())); }

    std::string root = [] {
        std::string name = std::filesystem::temp_directory_path() / "hermod-renew-XXXXXX";
        return std::string(::mkdtemp(name.data()));
    }();
    std::string configuration;
    std::size_t files = 0;
};

using Names = std::vector<std::string>;

TEST_F(Renewing, TakesWhatIsGoodAndLeavesTheRestAsItWas) {
    const Names all{"one a.test", "one b.test", "two a.test", "two b.test"};
    EXPECT_EQ(signing(), all);
    std::ofstream(place() + "/a.test/state") << "nonsense\n";
    revoke("b.test", "one");
    EXPECT_TRUE(renewed().contains("a.test/state"));
    EXPECT_EQ(signing(), (Names{"one a.test", "two a.test", "two b.test"})) << "what was revoked signs no more";
    EXPECT_EQ(files, 3u);
    EXPECT_TRUE(renewed().contains("a.test/state")) << "and again";
    EXPECT_EQ(signing().size(), 3u);
}

TEST_F(Renewing, AFileThatIsDamagedIsNotTheEndOfOthers) {
    std::ofstream(place() + "/a.test/two.pem") << "nonsense\n";
    revoke("a.test", "one");
    EXPECT_TRUE(renewed().contains("two.pem"));
    EXPECT_EQ(signing(), (Names{"one b.test", "two a.test", "two b.test"}));
    auto keys = *open().keys("a.test");
    keys[1].retired = 6;
    ASSERT_TRUE(open().replace("a.test", keys));
    EXPECT_TRUE(renewed().contains("two.pem"));
    EXPECT_EQ(signing(), (Names{"one b.test", "two b.test"})) << "how far it is, is known";
    add("c.test", "new");
    std::ofstream(place() + "/c.test/new.pem") << "nonsense\n";
    EXPECT_TRUE(renewed().contains("new.pem"));
    EXPECT_EQ(signing(), (Names{"one b.test", "two b.test"})) << "what never was in use is left out";
}

}  // namespace
}  // namespace check
