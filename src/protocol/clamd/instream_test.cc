#include "clamd/instream.h"

#include <gtest/gtest.h>

namespace clamd {
namespace {

using Kind = Verdict::Kind;
using namespace std::string_literals;

TEST(ClamdInstream, SaysLengthsInNetworkOrder) {
    EXPECT_EQ(length_of("abc"), "\0\0\0\3"s);
    EXPECT_EQ(length_of(std::string(0x010203, 'x')), "\0\1\2\3"s);
    EXPECT_EQ(command, "zINSTREAM\0"s);
}

TEST(ClamdInstream, ReadsWhatWasFound) {
    const std::pair<std::string, Verdict> cases[] = {
        {"stream: OK", {Kind::Clean, ""}},
        {"stream: Eicar-Test-Signature FOUND", {Kind::Infected, "Eicar-Test-Signature"}},
        {"stream: a: b FOUND FOUND", {Kind::Infected, "a: b FOUND"}},
        {"stream: OK\n", {Kind::Clean, ""}},
        {"INSTREAM size limit exceeded. ERROR", {Kind::Error, "it says: INSTREAM size limit exceeded. ERROR"}},
        {"stream:  FOUND", {Kind::Error, "it says: stream:  FOUND"}},
        {"stream: OK FOUND ", {Kind::Error, "it says: stream: OK FOUND "}},
        {"", {Kind::Error, "it says: "}},
    };
    for (const auto& [line, want] : cases) EXPECT_EQ(parse_reply(line), want) << line;
}

TEST(ClamdInstream, WaitsForTheEndOfTheReplyAndNotForEver) {
    ReplyReader reader;
    EXPECT_FALSE(reader.add("stream: "));
    EXPECT_FALSE(reader.add("O"));
    EXPECT_EQ(reader.add("K\0stream: x FOUND\0"s), (Verdict{Kind::Clean, ""}));
    ReplyReader endless;
    EXPECT_FALSE(endless.add(std::string(longest_reply, 'x')));
    EXPECT_EQ(endless.add("x")->kind, Kind::Error);
    EXPECT_EQ(ReplyReader().add(std::string(1 << 20, 'x') + '\0')->kind, Kind::Error);
}

}  // namespace
}  // namespace clamd
