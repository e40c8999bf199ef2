#include "mailbox/stored_form.h"

#include <gtest/gtest.h>

#include "mailbox/name.h"
#include "mailbox/quota.h"

namespace mailbox {
namespace {

template <typename Conversion>
std::string in_pieces(std::string_view text, std::size_t piece,
                      void (Conversion::*convert)(std::string_view, std::string&)) {
    Conversion conversion;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece) (conversion.*convert)(text.substr(at, piece), out);
    conversion.finish(out);
    return out;
}

// RFC 5322 §2.1: lines end in CRLF on the way; here they end in LF.
TEST(StoredForm, LinesEndInLineFeedHoweverThePiecesFall) {
    const struct {
        std::string_view input, want;
    } cases[] = {
        {"", ""},
        {"a\r\nb\r\n", "a\nb\n"},
        {"a\r\n\r\nb", "a\n\nb\n"},
        {"a\rb\r\n", "a\rb\n"},
        {"a\r\r\n", "a\r\n"},
        {"a\nb\r\n", "a\nb\n"},
        {"\r\n", "\n"},
        {"a\r", "a\r\n"},
    };
    for (const auto& [input, want] : cases)
        for (std::size_t piece = 1; piece <= input.size() + 1; ++piece)
            EXPECT_EQ(in_pieces(input, piece, &StoredLines::convert), want) << input << " by " << piece;
}

TEST(StoredForm, NoLineOfAnMboxMessageLooksLikeTheNextMessage) {
    const struct {
        std::string_view input, want;
    } cases[] = {
        {"From me\n", ">From me\n"},
        {"a\nFrom me\n", "a\n>From me\n"},
        {">From me\n>>From you\n", ">>From me\n>>>From you\n"},
        {"From\nFromage\n> From me\n", "From\nFromage\n> From me\n"},
        {"a From me\nFro", "a From me\nFro"},
        {"\nFrom ", "\n>From "},
        {">>\nFrFrom \n", ">>\nFrFrom \n"},
        {"Fro>From \n", "Fro>From \n"},
    };
    for (const auto& [input, want] : cases)
        for (std::size_t piece = 1; piece <= input.size(); ++piece)
            EXPECT_EQ(in_pieces(input, piece, &FromQuoting::quote), want) << input << " by " << piece;
}

TEST(MaildirName, TellsWhichDeliveryItIs) {
    EXPECT_EQ(maildir_name(1'700'000'000'999, "0123ABC", 3, escaped_host("mx.example.org")),
              "1700000000.Q0123ABCR3.mx.example.org");
    EXPECT_EQ(escaped_host("a/b:c,d"), "a\\057b\\072c\\054d");
    EXPECT_EQ(base_name("1.Q2R0.h,S=12:2,S"), "1.Q2R0.h");
    EXPECT_EQ(size_in_name("1.Q2R0.h,S=12:2,S"), 12u);
    EXPECT_EQ(size_in_name("1.Q2R0.h:2,S=12"), std::nullopt);
    EXPECT_EQ(time_in_name("1700000000.x.y"), 1'700'000'000);
    EXPECT_EQ(time_in_name("x"), std::nullopt);
    EXPECT_TRUE(is_trashed("1.a.h:2,ST"));
    EXPECT_FALSE(is_trashed("1.T.h:2,S"));
}

TEST(Quota, TheSizeFileIsReadAndForeignTextIsNot) {
    EXPECT_EQ(parse_size_file("1000S,10C\n100 1\n-50 -1\n  7   1 \n"),
              (SizeFile{.quota = {1000, 10}, .usage = {57, 1}, .lines = 3}));
    EXPECT_EQ(parse_size_file("10C\n"), (SizeFile{.quota = {0, 10}, .usage = {}, .lines = 0}));
    for (const char* strange : {"", "1000\n1 1\n", "S\n", "1000S\n1\n", "1000S\n1 1", "1000S\n99999999999999999999 1\n",
                                "-1S\n", "1000S\nx y\n"})
        EXPECT_EQ(parse_size_file(strange), std::nullopt) << strange;
    EXPECT_EQ(parse_size_file("1S\n" + std::string(longest_size_file, '0')), std::nullopt);
    EXPECT_EQ(quota_line({1000, 10}) + usage_line({5, 1}), "1000S,10C\n5 1\n");
}

TEST(Quota, ComparesWithoutOverflow) {
    EXPECT_TRUE(fits({100, 0}, {60, 5}, 40));
    EXPECT_FALSE(fits({100, 0}, {61, 5}, 40));
    EXPECT_FALSE(fits({0, 5}, {0, 5}, 1));
    EXPECT_TRUE(fits({100, 0}, {-60, 0}, 100));
    EXPECT_FALSE(fits({100, 0}, {0, 0}, ~std::uint64_t{0}));
}

}  // namespace
}  // namespace mailbox
