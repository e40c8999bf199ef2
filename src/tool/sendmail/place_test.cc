#include "sendmail/place.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sendmail {
namespace {

namespace fs = std::filesystem;

struct PlaceTest : testing::Test {
    fs::path folder = [] {
        char name[] = "/tmp/place_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    ~PlaceTest() override {
        ::unsetenv("HERMOD_CONFIG");
        fs::remove_all(folder);
    }
    std::string file(const std::string& text) const {
        std::ofstream(folder / "hermod.toml") << text;
        return folder / "hermod.toml";
    }
};

TEST_F(PlaceTest, IsWhatTheConfigurationSays) {
    const auto place = find_place(file("hostname = \"h.example\"\nlimits.message_size = 100000\n"));
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->hostname, "h.example");
    EXPECT_EQ(place->message_size, 100'000u);
}

// Not with another server than the one meant.
TEST_F(PlaceTest, IsNowhereWhereTheConfigurationCannotBeUsed) {
    const std::string broken = file("hostname = \n");
    EXPECT_FALSE(find_place(broken));
    EXPECT_FALSE(find_place(file("hostname = 5\n")));
    EXPECT_FALSE(find_place("/nonexistent/hermod.toml"));
    ::setenv("HERMOD_CONFIG", "/nonexistent/hermod.toml", 1);
    EXPECT_FALSE(find_place(""));
}

}  // namespace
}  // namespace sendmail
