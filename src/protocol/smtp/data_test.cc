#include "smtp/data.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace smtp {
namespace {

using namespace std::string_literals;
using Fault = std::optional<ContentFault>;

struct Decoded {
    std::string message;
    std::size_t used = 0;
    bool at_end = false;
    Fault fault;

    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view input, std::size_t piece, BareNewline policy = BareNewline::Reject,
               const ContentLimits& limits = {}) {
    DataDecoder decoder(limits, policy);
    Decoded decoded;
    while (decoded.used < input.size() && !decoder.at_end()) {
        const auto part = input.substr(decoded.used, piece);
        decoded.used += decoder.decode(part, decoded.message);
    }
    decoded.at_end = decoder.at_end();
    decoded.fault = decoder.content().fault();
    if (decoded.fault) decoded.message.clear();  // nobody looks at it
    return decoded;
}

std::string encode(std::string_view message, std::size_t piece, std::size_t longest_line = longest_text_line) {
    DotStuffer stuffer(longest_line);
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += piece) stuffer.encode(message.substr(at, piece), out);
    stuffer.finish(out);
    return out;
}

constexpr std::size_t pieces[] = {1, 2, 3, 7, 100'000};

// RFC 5321 §4.1.1.4, §4.5.2
TEST(DataDecoder, FindsTheEndAndTheDots) {
    struct Case {
        std::string input, message;
        std::size_t rest = 0;  // octets of commands behind the end
    };
    const Case cases[] = {
        {".\r\n", "", 0},
        {"a\r\n.\r\n", "a\r\n", 0},
        {"a\r\n.\r\nMAIL FROM:<>\r\n", "a\r\n", 14},
        {"..\r\n.\r\n", ".\r\n", 0},
        {"...\r\n.\r\n", "..\r\n", 0},
        {"a\r\n..b\r\n.c\r\n.\r\n", "a\r\n.b\r\nc\r\n", 0},
        {"\r\n\r\n.\r\n", "\r\n\r\n", 0},
        {"a.\r\n.\r\n.\r\n", "a.\r\n", 3},
        // none of these is a line end
        {"a\x85.\r\n\v.\r\n\f.\r\n\xE2\x80\xA8.\r\n.\r\n", "a\x85.\r\n\v.\r\n\f.\r\n\xE2\x80\xA8.\r\n", 0},
    };
    for (const auto& [input, message, rest] : cases) {
        for (const auto piece : pieces) {
            SCOPED_TRACE(testing::PrintToString(input) + " in pieces of " + std::to_string(piece));
            EXPECT_EQ(decode(input, piece), (Decoded{message, input.size() - rest, true, {}}));
        }
    }
}

// what other servers have taken for the end. Here it ends nothing, and spoils the whole message.
TEST(DataDecoder, IsNotSmuggledInto) {
    const std::string sequences[] = {
        "\n.\n",     "\n.\r\n",     "\r\n.\n",      "\r.\r",        "\r.\n",       "\n.\r",
        "\r.\r\n",   "\r\n.\r",     "\r\n\0.\r\n"s, "\r\n.\0\r\n"s, "\r\n.\r\r\n", "\r\r\n.\r\r\n",
        "\n\n.\r\n", "\r\n\n.\r\n", "\r\n.\n\r\n",  "\n.\0\r\n"s,
    };
    for (const auto& sequence : sequences) {
        const auto input = "Subject: A\r\n\r\nA" + sequence + "MAIL FROM:<evil@x.test>\r\nDATA\r\nB\r\n.\r\nQUIT\r\n";
        for (const auto piece : pieces) {
            SCOPED_TRACE(testing::PrintToString(sequence) + " in pieces of " + std::to_string(piece));
            for (const auto policy : {BareNewline::Reject, BareNewline::Normalize}) {
                const auto decoded = decode(input, piece, policy);
                EXPECT_TRUE(decoded.at_end);
                EXPECT_EQ(input.substr(decoded.used), "QUIT\r\n");
                const bool has_nul = sequence.contains('\0');
                EXPECT_EQ(decoded.fault.has_value(), policy == BareNewline::Reject || has_nul);
                if (decoded.fault) EXPECT_EQ(refusal(*decoded.fault).code, 550);
            }
        }
    }
}

TEST(DataDecoder, NormalizesLineEnds) {
    const auto decoded = decode("a\n.\nb\rc\r\n..d\n..e\r\n.\r\n", 1, BareNewline::Normalize);
    EXPECT_EQ(decoded.message, "a\r\n.\r\nb c\r\n.d\r\n..e\r\n");
    EXPECT_FALSE(decoded.fault);
    for (const auto piece : pieces)
        EXPECT_EQ(decode("a\n.\nb\rc\r\n..d\n..e\r\n.\r\n", piece, BareNewline::Normalize), decoded);
}

TEST(DataDecoder, KeepsTheLimits) {
    const ContentLimits limits{.size = 1000, .header = 100, .header_fields = 5, .line = 200};
    const auto x = [](std::size_t count) { return std::string(count, 'x'); };
    std::string fields;
    for (int i = 0; i < 6; ++i) fields += "A: b\r\n";
    struct Case {
        std::string message;
        Fault want;
    };
    const Case cases[] = {
        {"A: b\r\n\r\n" + x(200) + "\r\n", {}},
        {"A: b\r\n\r\n" + x(201) + "\r\n", ContentFault::LineTooLong},
        {"A: " + x(96) + "\r\n\r\n", ContentFault::HeaderTooLarge},
        {"A: " + x(50) + "\r\n " + x(50) + "\r\n\r\n", ContentFault::HeaderTooLarge},
        {"A: b\r\n\r\n" + x(150) + "\r\n", {}},
        {fields + "\r\n", ContentFault::TooManyFields},
        {fields.substr(6) + "\r\n", {}},
        {fields.substr(6) + " c\r\n\td\r\n\r\nA: b\r\n", {}},
        {"no header\r\n" + fields + fields, {}},
        {"\r\n" + (x(100) + "\r\n") + (x(150) + "\r\n") + (x(180) + "\r\n") + (x(180) + "\r\n") + (x(180) + "\r\n") +
             (x(180) + "\r\n"),
         {}},
        {"\r\n" + (x(100) + "\r\n") + (x(198) + "\r\n") + (x(198) + "\r\n") + (x(198) + "\r\n") + (x(198) + "\r\n") +
             (x(98) + "\r\n"),
         ContentFault::TooLarge},
    };
    for (const auto& [message, want] : cases) {
        for (const auto piece : pieces) {
            SCOPED_TRACE(message.substr(0, 70) + " in pieces of " + std::to_string(piece));
            const auto decoded = decode(message + ".\r\n", piece, BareNewline::Reject, limits);
            EXPECT_EQ(decoded.fault, want);
            EXPECT_TRUE(decoded.at_end);
            EXPECT_LE(decoded.message.size(), limits.size);
        }
    }
}

TEST(DataDecoder, TellsWhatTheNextHopNeeds) {
    const auto look = [](std::string_view message) {
        DataDecoder decoder;
        std::string out;
        decoder.decode(message, out);
        const auto& content = decoder.content();
        return std::tuple(content.has_8bit(), content.has_8bit_header(), content.longest_line(), content.size());
    };
    EXPECT_EQ(look("A: b\r\n\r\nabc\r\n.\r\n"), std::tuple(false, false, 4u, 13u));
    EXPECT_EQ(look("A: b\r\n\r\n\xE4\r\n.\r\n"), std::tuple(true, false, 4u, 11u));
    EXPECT_EQ(look("A: \xE4\r\n\r\nabcdef\r\n.\r\n"), std::tuple(true, true, 6u, 16u));
}

// RFC 5321 §4.5.2
TEST(DotStuffer, StuffsAndEnds) {
    struct Case {
        std::string message, want;
    };
    const Case cases[] = {
        {"", ".\r\n"},
        {"a\r\n", "a\r\n.\r\n"},
        {"a", "a\r\n.\r\n"},
        {".", "..\r\n.\r\n"},
        {".\r\n..\r\na.\r\n", "..\r\n...\r\na.\r\n.\r\n"},
        // bytes that should not be here are made harmless
        {"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
        {"a\r.\rb\r\n", "a . b\r\n.\r\n"},
        {"a\r\n.\r", "a\r\n.. \r\n.\r\n"},
        {"a\r\r\n.\r\r\n", "a \r\n.. \r\n.\r\n"},
        {"a\n\r\n\r.\n", "a\r\n\r\n .\r\n.\r\n"},
    };
    for (const auto& [message, want] : cases) {
        for (const auto piece : pieces) {
            SCOPED_TRACE(testing::PrintToString(message) + " in pieces of " + std::to_string(piece));
            EXPECT_EQ(encode(message, piece), want);
        }
    }
}

// RFC 5321 §4.5.3.1.6
TEST(DotStuffer, FoldsLongLines) {
    EXPECT_EQ(encode("abcdefgh\r\n.1234\r\n", 100, 4), "abcd\r\n efg\r\n h\r\n..123\r\n 4\r\n.\r\n");
    EXPECT_EQ(encode("abcdefgh\r\n.1234\r\n", 1, 4), "abcd\r\n efg\r\n h\r\n..123\r\n 4\r\n.\r\n");
    const auto longest = std::string(998, 'x') + "\r\n";
    EXPECT_EQ(encode(longest, 500), longest + ".\r\n");
}

std::string random_message(std::mt19937& random, std::string_view alphabet) {
    std::string message;
    for (auto length = random() % 60; length > 0; --length) message += alphabet[random() % alphabet.size()];
    return message;
}

// whatever we take, we hand on such that the next server reads the same octets; and what spoils a message here
// never reaches the next server in any split.
TEST(DotStuffer, IsUndoneByTheDecoder) {
    std::mt19937 random(7);
    int accepted = 0;
    for (int i = 0; i < 300'000; ++i) {
        auto input = random_message(random, i % 2 ? "\r\n.ab" : "..a") + "\r\n.\r\n";
        if (i % 4 == 0) input.insert(random() % (input.size() - 4), "\r\n.");
        const auto piece = 1 + random() % 9;
        const auto decoded = decode(input, piece);
        ASSERT_EQ(decoded, decode(input, 100'000)) << testing::PrintToString(input);
        ASSERT_TRUE(decoded.at_end);
        if (decoded.fault) continue;
        ++accepted;
        const auto outward = encode(decoded.message, piece);
        const auto again = decode(outward, 1 + random() % 9);
        ASSERT_EQ(again.message, decoded.message) << testing::PrintToString(input);
        ASSERT_EQ(again.used, outward.size());
        ASSERT_FALSE(again.fault);
    }
    EXPECT_GT(accepted, 50'000);
}

struct Chunk {
    std::string message;
    Fault fault;

    bool operator==(const Chunk&) const = default;
};

Chunk take(std::string_view octets, std::size_t piece, ChunkContent content = ChunkContent::Text) {
    ChunkReader reader({.size = 1000}, content);
    Chunk chunk;
    for (std::size_t at = 0; at < octets.size(); at += piece) reader.take(octets.substr(at, piece), chunk.message);
    reader.finish(chunk.message);
    chunk.fault = reader.content().fault();
    if (chunk.fault) chunk.message.clear();
    return chunk;
}

// RFC 3030 §2
TEST(ChunkReader, TakesOctetsAsTheyAre) {
    struct Case {
        std::string octets;
        Chunk want;
    };
    const Case cases[] = {
        {"", {"", {}}},
        {".\r\nabcdefg\r\n", {".\r\nabcdefg\r\n", {}}},
        {"a\r\n.\r\nb", {"a\r\n.\r\nb\r\n", {}}},
        {"a\nb\r\n", {"", ContentFault::BareLineFeed}},
        {"\n", {"", ContentFault::BareLineFeed}},
        {"a\rb\r\n", {"", ContentFault::BareReturn}},
        {"a\r\r\n", {"", ContentFault::BareReturn}},
        {"a\r", {"", ContentFault::BareReturn}},
        {"a\0\r\n"s, {"", ContentFault::Nul}},
        {std::string(1001, 'x'), {"", ContentFault::TooLarge}},
    };
    for (const auto& [octets, want] : cases) {
        for (const auto piece : pieces) {
            SCOPED_TRACE(testing::PrintToString(octets.substr(0, 50)) + " in pieces of " + std::to_string(piece));
            EXPECT_EQ(take(octets, piece), want);
        }
    }
    EXPECT_EQ(take("a\0\n\r"s, 1, ChunkContent::Binary), (Chunk{"a\0\n\r"s, {}}));
}

}  // namespace
}  // namespace smtp
