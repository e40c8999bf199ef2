#include "mime/letter.h"

#include <gmock/gmock.h>

#include "mime/encode.h"

namespace mime {
namespace {

using testing::HasSubstr;
using testing::Not;

// RFC 2047 §2, §5
TEST(EncodedWords, EncodeWhatIsNotAscii) {
    struct Case {
        std::string_view text, want;
    };
    const Case cases[] = {
        {"", ""},
        {"Auto: hello", "Auto: hello"},
        {"Grüße", "=?utf-8?B?R3LDvMOfZQ==?="},
        {"=?UTF-8?Q?a?=", "=?utf-8?B?PT9VVEYtOD9RP2E/PQ==?="},
        {"a\r\nBcc: x@y", "a  Bcc: x@y"},
        {"a\xff", "a?"},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(to_encoded_words(text), want);
    }
}

// RFC 2045 §6.7
TEST(QuotedPrintable, KeepsLinesShort) {
    EXPECT_EQ(to_quoted_printable("a=b \nü\r\n"), "a=3Db=20\r\n=C3=BC\r\n");
    EXPECT_EQ(to_quoted_printable(std::string(80, 'x')), std::string(75, 'x') + "=\r\n" + "xxxxx\r\n");
}

Letter example() {
    return {.from = {"Ann", "ann@a.example"},
            .to = "bob@b.example",
            .reply_to = {},
            .subject = "Auto: hello",
            .body = "I am away.\n",
            .date = {0, 0},
            .message_id = "1@a.example",
            .in_reply_to = "<2@b.example>",
            .references = "<2@b.example>",
            .more_fields = {}};
}

// RFC 3834 §3.1.5, §5
TEST(Letter, IsAWholeMessage) {
    EXPECT_EQ(to_text(example()),
              "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nFrom: Ann <ann@a.example>\r\nTo: bob@b.example\r\n"
              "Subject: Auto: hello\r\nMessage-ID: <1@a.example>\r\nIn-Reply-To: <2@b.example>\r\n"
              "References: <2@b.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nI am away.\r\n");
}

TEST(Letter, EncodesUtf8) {
    auto letter = example();
    letter.from.display_name = "Änn";
    letter.body = "Grüße\n";
    const auto text = to_text(letter);
    EXPECT_THAT(text, HasSubstr("From: =?utf-8?B?w4Rubg==?= <ann@a.example>\r\n"));
    EXPECT_THAT(text,
                HasSubstr("charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n"));
    letter.body =
        "Gr\xfc\xdf"
        "e\n";
    EXPECT_THAT(to_text(letter), HasSubstr("charset=unknown-8bit"));
}

TEST(Letter, TakesNoFieldsFromStrangers) {
    auto letter = example();
    letter.subject = "x\r\nBcc: evil@e.example";
    EXPECT_THAT(to_text(letter), Not(HasSubstr("\nBcc:")));
    EXPECT_EQ(thread_of("Message-ID: <a@b>\r\n\tBcc: x\r\n").in_reply_to, "");
}

// RFC 5322 §3.6.4
TEST(Thread, GoesOnWithTheOriginals) {
    struct Case {
        std::string_view header, in_reply_to, references;
    };
    const Case cases[] = {
        {"Message-ID: <1@a>\n", "<1@a>", "<1@a>"},
        {"References: <0@a>\n <9@a>\nMessage-ID: <1@a>\n", "<1@a>", "<0@a> <9@a> <1@a>"},
        {"In-Reply-To: <0@a>\nMessage-ID: <1@a>\n", "<1@a>", "<0@a> <1@a>"},
        {"In-Reply-To: <0@a> <5@a>\nMessage-ID: <1@a>\n", "<1@a>", "<1@a>"},
        {"In-Reply-To: your message of today\nMessage-ID: <1@a>\n", "<1@a>", "<1@a>"},
        {"Message-ID: none\n", "", ""},
        {"Message-ID: <nodomain>\n", "", ""},
    };
    for (const auto& [header, in_reply_to, references] : cases) {
        SCOPED_TRACE(header);
        const auto thread = thread_of(header);
        EXPECT_EQ(thread.in_reply_to, in_reply_to);
        EXPECT_EQ(thread.references, references);
    }
}

}  // namespace
}  // namespace mime
