#include "pop3/line.h"

#include <gtest/gtest.h>

#include <string>

#include "pop3/limits.h"

namespace pop3 {
namespace {

using Kind = Line::Kind;
using Expect = LineReader::Expect;

TEST(Pop3Line, EndsWithCrlfOrLf) {
    LineReader reader;
    EXPECT_EQ(reader.next("STAT\r\nLIST\r\n", Expect::Command), (Line{Kind::Whole, "STAT", 6}));
    EXPECT_EQ(reader.next("STAT\nLIST\n", Expect::Command), (Line{Kind::Whole, "STAT", 5}));
    EXPECT_EQ(reader.next("STA", Expect::Command), (Line{Kind::NeedMore, "", 0}));
    EXPECT_EQ(reader.next("\r\n", Expect::Command), (Line{Kind::Whole, "", 2}));
}

// RFC 2449 §4: 255 octets with CRLF; RFC 5034 §4: what a mechanism needs.
TEST(Pop3Line, HasALimit) {
    LineReader reader;
    const auto longest = "USER " + std::string(longest_command_line - 7, 'u');
    EXPECT_EQ(reader.next(longest + "\r\n", Expect::Command).kind, Kind::Whole);
    EXPECT_EQ(reader.next(longest + "u\r\n", Expect::Command).kind, Kind::TooLong);
    EXPECT_EQ(reader.next(longest + "u\r\n", Expect::SaslResponse).kind, Kind::Whole);
    const auto auth = "auth PLAIN " + std::string(10'000, 'A');
    EXPECT_EQ(reader.next(auth + "\r\n", Expect::Command).kind, Kind::Whole);
    EXPECT_EQ(reader.next(auth + auth + "\r\n", Expect::Command).kind, Kind::TooLong);
}

// Hostile: an endless line costs no memory, and a thousand of them no time.
TEST(Pop3Line, SkipsWhatIsTooLong) {
    LineReader reader;
    const std::string piece(1000, 'x');
    for (int i = 0; i < 5; ++i) {
        const auto line = reader.next(piece, Expect::Command);
        EXPECT_EQ(line, (Line{Kind::NeedMore, "", 1000}));
    }
    EXPECT_EQ(reader.next("xx\r\nSTAT\r\n", Expect::Command), (Line{Kind::TooLong, "", 4}));
    EXPECT_EQ(reader.next("STAT\r\n", Expect::Command).kind, Kind::Whole);
    auto last = Kind::NeedMore;
    for (int i = 0; i < 100 && last == Kind::NeedMore; ++i) last = reader.next(piece, Expect::Command).kind;
    EXPECT_EQ(last, Kind::Flood);
}

}  // namespace
}  // namespace pop3
