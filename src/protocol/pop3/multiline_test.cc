#include "pop3/multiline.h"

#include <gtest/gtest.h>

namespace pop3 {
namespace {

std::string written(std::string_view message, std::optional<std::uint64_t> lines = std::nullopt,
                    std::size_t piece = 1'000'000) {
    MessageWriter writer(lines);
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += piece) writer.write(message.substr(at, piece), out);
    writer.finish(out);
    return out;
}

// RFC 1939 §3
TEST(Pop3Multiline, StuffsDotsAndEndsLines) {
    struct Case {
        std::string_view message;
        std::string_view want;
    };
    const Case cases[] = {
        {"", ".\r\n"},
        {"\n", "\r\n.\r\n"},
        {"a: b\n\nx\n", "a: b\r\n\r\nx\r\n.\r\n"},
        {"a: b\r\n\r\nx\r\n", "a: b\r\n\r\nx\r\n.\r\n"},
        {".\n..\n.x\nx.\n", "..\r\n...\r\n..x\r\nx.\r\n.\r\n"},
        {"no end", "no end\r\n.\r\n"},
        {"\n.", "\r\n..\r\n.\r\n"},
        {"a\rb\n", "a\rb\r\n.\r\n"},
        {"a\r\r\n", "a\r\r\n.\r\n"},
        {"a\r", "a\r\r\n.\r\n"},
        {std::string_view("a\0b\n", 4), std::string_view("a\0b\r\n.\r\n", 8)},
        {"\r.\n", "\r.\r\n.\r\n"},
    };
    for (const auto& [message, want] : cases) {
        SCOPED_TRACE(message);
        for (std::size_t piece : {1u, 2u, 3u, 100u}) EXPECT_EQ(written(message, std::nullopt, piece), want) << piece;
    }
}

// RFC 1939 §7, TOP
TEST(Pop3Multiline, StopsBehindSoManyLinesOfTheBody) {
    const std::string_view message = "a: b\nc: d\n\none\n\nthree\nfour";
    for (std::size_t piece : {1u, 2u, 100u}) {
        EXPECT_EQ(written(message, 0, piece), "a: b\r\nc: d\r\n\r\n.\r\n");
        EXPECT_EQ(written(message, 2, piece), "a: b\r\nc: d\r\n\r\none\r\n\r\n.\r\n");
        EXPECT_EQ(written(message, 9, piece), "a: b\r\nc: d\r\n\r\none\r\n\r\nthree\r\nfour\r\n.\r\n");
        EXPECT_EQ(written("a: b\r\n\r\none\r\ntwo\r\n", 1, piece), "a: b\r\n\r\none\r\n.\r\n");
        EXPECT_EQ(written("a: b\n\r\r\n\none\n", 0, piece), "a: b\r\n\r\r\n\r\n.\r\n");
    }
    EXPECT_EQ(written("no: body\n", 0), "no: body\r\n.\r\n");
    MessageWriter writer(1);
    std::string out;
    writer.write("a: b\n\none", out);
    EXPECT_FALSE(writer.is_full());
    writer.write("\ntwo", out);
    EXPECT_TRUE(writer.is_full());
}

// RFC 1939 §11
TEST(Pop3Multiline, CountsWhatItWrites) {
    for (std::string_view message : {"", "\n", "a\n\nb", "a\r\n\r\nb\r\n", "x\r", "\r\r\n", "a\rb", "\n\n\n"}) {
        for (std::size_t piece : {1u, 2u, 100u}) {
            WireSize size;
            for (std::size_t at = 0; at < message.size(); at += piece) size.count(message.substr(at, piece));
            EXPECT_EQ(size.octets(), written(message).size() - 3) << message;
        }
    }
}

}  // namespace
}  // namespace pop3
