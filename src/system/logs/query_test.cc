#include "logs/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LogRecord, ReadsFlatObjectsOnly) {
    const auto record = logs::parse_record(R"({"time":"t","n":12,"yes":true, "s" : "a\"\\\u00e9\n"})");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->find("n"), "12");
    EXPECT_EQ(record->find("yes"), "true");
    EXPECT_EQ(record->find("s"), "a\"\\é\n");
    for (const auto* wrong : {"", "{", "{}", "{\"a\":}", "{\"a\":{}}", "{\"a\":[1]}", "{\"a\":\"b}", "{\"a\":\"\\x\"}",
                              "[]", "{\"a\":1}x", "{\"a\" 1}", "{\"a\":\"\\u12\"}", "{\"a\":\"\xff\"}"})
        EXPECT_FALSE(logs::parse_record(wrong)) << wrong;
}

TEST(LogRecord, IsShownSafelyAndNotEscapedTwice) {
    const auto record =
        logs::parse_record("{\"event\":\"delivered\",\"to\":\"a\\\\x1b@e\\u001b\",\"mailbox\":\"M\",\"x\":\"y\"}");
    ASSERT_TRUE(record);
    EXPECT_EQ(logs::sentence(*record), "delivered to <a\\x1b@e\\x1b> in M x=y");
    EXPECT_EQ(logs::sentence(*logs::parse_record(R"({"event":"novelty","a":1})")), "novelty a=1");
}

class LogQuery : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "hermod-query-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        file_ = folder_ / "events.jsonl";
        std::ofstream(file_.string() + ".1")
            << R"({"event":"accepted","id":"A","from":"ann@x","message_id":"<1@x>","n":1})"
            << "\n";
        std::ofstream(file_) << R"({"event":"accepted","id":"N","from":"","n":2})"
                                "\n"
                                R"({"event":"failed","id":"A","to":"Bob@y","n":3})"
                                "\n"
                                R"({"event":"bounced","id":"A","to":"ann@x","bounce":"N","n":4})"
                                "\n"
                                "garbage\n"
                                R"({"event":"rejected","from":"eve@x","to":"bob@y","n":5})"
                                "\n"
                                R"({"event":"accepted","id":"B","from":"carl@x","asked":"list@y sales@y","n":6})"
                                "\n"
                                R"({"event":"delivered","id":"B","to":"ann@x","n":7})"
                                "\n"
                                R"({"event":"delivered","id":"N","to":"ann@x","n":8)";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::vector<std::string> find(const logs::Search& search) {
        std::vector<std::string> numbers;
        logs::find_stories(file_, search, [&](const logs::Record& record, std::string_view) {
            numbers.emplace_back(record.find("n"));
        });
        return numbers;
    }

    std::filesystem::path folder_;
    std::filesystem::path file_;
};

TEST_F(LogQuery, TellsAMessageAndItsBounce) {
    EXPECT_THAT(find({.id = "A"}), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(find({.id = "N"}), ElementsAre("2"));
    EXPECT_THAT(find({.id = "Z"}), IsEmpty());
}

TEST_F(LogQuery, FindsByMessageIdAndAddress) {
    EXPECT_THAT(find({.message_id = "1@x"}), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(find({.from = "CARL@x"}), ElementsAre("6", "7"));
    EXPECT_THAT(find({.to = "bob@y"}), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(find({.from = "<>"}), ElementsAre("2"));
    EXPECT_THAT(find({.to = "<Sales@y>"}), ElementsAre("6", "7")) << "what was asked for, and led to others";
    EXPECT_THAT(find({.from = "carl@x", .to = "list@y"}), ElementsAre("6", "7"));
    EXPECT_THAT(find({.from = "ann@x", .to = "list@y"}), IsEmpty());
    EXPECT_THAT(find({.to = "ist@y"}), IsEmpty());
    EXPECT_THAT(find({}), IsEmpty());
}

TEST_F(LogQuery, SaysWhenThereIsNoFile) {
    EXPECT_FALSE(logs::find_stories(folder_ / "none", {.id = "A"}, [](const logs::Record&, std::string_view) {}));
}

}  // namespace
