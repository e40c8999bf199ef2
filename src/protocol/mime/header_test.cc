#include "mime/header.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

struct Want {
    std::string_view name;
    std::string_view value;
    bool operator==(const Want&) const = default;
};
void PrintTo(const Want& want, std::ostream* out) { *out << want.name << "|" << want.value; }

std::vector<Want> fields_of(std::string_view header) {
    std::vector<Want> found;
    mime::FieldScanner fields(header);
    while (auto field = fields.next()) found.push_back({field->name, field->value});
    return found;
}

}  // namespace

// RFC 5322 §2.2, §2.2.3
TEST(MimeHeader, SplitsFieldsWithEitherLineEnd) {
    using Wants = std::vector<Want>;
    EXPECT_EQ(fields_of("From: a@b\r\nSubject: one\r\n two\r\n\tthree\r\nTo:c@d\r\n\r\nBody: no\r\n"),
              (Wants{{"From", " a@b"}, {"Subject", " one\r\n two\r\n\tthree"}, {"To", "c@d"}}));
    EXPECT_EQ(fields_of("A: 1\nB: 2\n 3\n\nC: 4\n"), (Wants{{"A", " 1"}, {"B", " 2\n 3"}}));
    EXPECT_EQ(fields_of(""), Wants{});
    EXPECT_EQ(fields_of("\r\nA: 1\r\n"), Wants{});
    EXPECT_EQ(fields_of("A: 1"), (Wants{{"A", " 1"}}));
    EXPECT_EQ(fields_of("A:"), (Wants{{"A", ""}}));
}

// RFC 5322 §4.5.3: blanks before the colon. Everything that is no field keeps its place without a name.
TEST(MimeHeader, HandsOutJunkWithoutAName) {
    using Wants = std::vector<Want>;
    EXPECT_EQ(fields_of("From : a\nnot a field\n  more\nB: 2\n\n"),
              (Wants{{"From", " a"}, {"", "not a field\n  more"}, {"B", " 2"}}));
    EXPECT_EQ(fields_of(" From: a\nB: 2\n"), (Wants{{"", " From: a"}, {"B", " 2"}}));
    EXPECT_EQ(fields_of(": x\nF\xc3\xa9: y\nA B: z\n"), (Wants{{"", ": x"}, {"", "F\xc3\xa9: y"}, {"", "A B: z"}}));
    // A line of blanks does not end the header.
    EXPECT_EQ(fields_of("A: 1\r\n \r\nB: 2\r\n\r\n"), (Wants{{"A", " 1\r\n "}, {"B", " 2"}}));
}

TEST(MimeHeader, FindsWhereTheBodyBegins) {
    struct Case {
        std::string_view message;
        std::size_t header;
        std::size_t body;
        bool has_empty_line;
    };
    const Case cases[] = {
        {"A: 1\r\n\r\nbody", 6, 8, true},
        {"A: 1\n\nbody", 5, 6, true},
        {"A: 1\r\n", 6, 6, false},
        {"A: 1", 4, 4, false},
        {"", 0, 0, false},
        {"\r\nbody", 0, 2, true},
        {"A: 1\n \nB\n\nc", 9, 10, true},
    };
    for (const auto& [message, header, body, has_empty_line] : cases) {
        const auto division = mime::divide(message);
        EXPECT_EQ(division.header, header) << message;
        EXPECT_EQ(division.body, body) << message;
        EXPECT_EQ(division.has_empty_line, has_empty_line) << message;
    }
}

// RFC 5321 §6.3
TEST(MimeHeader, CountsHopsAndFindsItsOwnDelivery) {
    constexpr std::string_view header =
        "Received: a\r\nRECEIVED: b\r\nDelivered-To: U@Example.org\r\n"
        "X-Received: c\r\nDelivered-To:\r\n other@example.org \r\n\r\nReceived: body\r\n";
    EXPECT_EQ(mime::count_hops(header).received, 2u);
    EXPECT_EQ(mime::count_hops(header).delivered_to, 2u);
    EXPECT_TRUE(mime::has_delivered_to(header, "u@example.ORG"));
    EXPECT_TRUE(mime::has_delivered_to(header, "other@example.org"));
    EXPECT_FALSE(mime::has_delivered_to(header, "nobody@example.org"));
    EXPECT_EQ(mime::count_fields(header, "delivered-to"), 2u);
    EXPECT_EQ(mime::find_field(header, "x-received")->value, " c");
    EXPECT_FALSE(mime::find_field(header, "Subject"));
}

TEST(MimeHeader, Unfolds) {
    EXPECT_EQ(mime::unfold(" one\r\n two\n\tthree "), "one two\tthree");
    EXPECT_EQ(mime::unfold(""), "");
}
