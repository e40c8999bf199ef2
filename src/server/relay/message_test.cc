#include "relay/message.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace relay {
namespace {

file::Descriptor file_of(const std::string& octets) {
    std::FILE* file = std::tmpfile();
    std::fwrite(octets.data(), 1, octets.size(), file);
    std::fflush(file);
    file::Descriptor descriptor(::dup(::fileno(file)));
    std::fclose(file);
    return descriptor;
}

Message from_file(const std::string& octets, smtp::BodyType body = smtp::BodyType::SevenBit) {
    return {{}, file_of(octets), octets.size(), body};
}

std::string all_of(const Message& message) {
    std::string all, piece;
    Message::Reader reader(message);
    while (reader.next(piece)) all += piece;
    EXPECT_FALSE(reader.has_failed());
    return all;
}

// RFC 5321 §2.3.8: CRLF and nothing else ends a line on its way out.
TEST(Message, LeavesWithTidyLineEnds) {
    const std::pair<std::string, std::string> cases[] = {
        {"", ""},
        {"a: b\r\n\r\nc\r\n", "a: b\r\n\r\nc\r\n"},
        {"a: b\n\nc\n", "a: b\r\n\r\nc\r\n"},
        {"one\rtwo\r\n", "one two\r\n"},
        {"one\r\r\ntwo", "one \r\ntwo"},
        {"end\r", "end "},
        {"\n.\n", "\r\n.\r\n"},
        {"\r\n\r", "\r\n "},
    };
    for (const auto& [stored, want] : cases) {
        SCOPED_TRACE(stored);
        Message small(stored, {}, stored.size(), smtp::BodyType::SevenBit);
        ASSERT_TRUE(small.inspect());
        EXPECT_EQ(small.octets(), want);
        Message big = from_file(stored);
        ASSERT_TRUE(big.inspect());
        EXPECT_EQ(all_of(big), want);
        EXPECT_EQ(big.facts(), small.facts());
        EXPECT_EQ(big.facts().size, want.size());
    }
}

TEST(Message, LeavesBinaryAsItIs) {  // RFC 3030 §3
    Message message = from_file("a\rb\nc", smtp::BodyType::BinaryMime);
    ASSERT_TRUE(message.inspect());
    EXPECT_EQ(all_of(message), "a\rb\nc");
    EXPECT_EQ(message.facts().size, 5u);
}

TEST(Message, KnowsWhatTheNextHopMustTake) {
    struct Case {
        std::string octets;
        MessageFacts want;
    };
    const Case cases[] = {
        {"a: b\r\n\r\nc\r\n", {11, 4, false, false}},
        {"a: b\r\n\r\n\xc3\xa4\r\n", {12, 4, true, false}},
        {"a: \xc3\xa4\r\n\r\nc\r\n", {12, 5, true, true}},
        {"a: b\r\n\r\n" + std::string(200'000, 'x'), {200'008, 200'000, false, false}},
    };
    for (const auto& [octets, want] : cases) {
        SCOPED_TRACE(octets.substr(0, 20));
        Message message = from_file(octets);
        ASSERT_TRUE(message.inspect());
        EXPECT_EQ(message.facts(), want);
    }
}

// Pieces may part CR from LF.
TEST(Message, IsReadInPieces) {
    for (std::size_t lead = piece_size - 3; lead <= piece_size + 1; ++lead) {
        SCOPED_TRACE(lead);
        const std::string tidy = std::string(lead, 'x') + "\r\nnext line\r\n";
        Message message = from_file(tidy);
        ASSERT_TRUE(message.inspect());
        EXPECT_EQ(all_of(message), tidy);
        EXPECT_EQ(message.facts().longest_line, lead);
        Message untidy = from_file(std::string(lead, 'x') + "\nnext\rline\r\n");
        ASSERT_TRUE(untidy.inspect());
        EXPECT_EQ(all_of(untidy), std::string(lead, 'x') + "\r\nnext line\r\n");
    }
}

TEST(Message, ShorterThanPromisedCannotBeRead) {
    Message message({}, file_of("half"), 8, smtp::BodyType::SevenBit);
    EXPECT_FALSE(message.inspect());
}

}  // namespace
}  // namespace relay
