#include "submitter/conversion.h"

#include <gtest/gtest.h>

namespace submitter {
namespace {

mime::Submission submission() {
    return {.date = {}, .unique = "u", .host = "h.example", .author = {"", "joe@h.example"}};
}

std::string convert(std::string_view message, std::size_t piece) {
    std::string out = "Trace: x\r\n";
    Conversion conversion(out, submission());
    for (std::size_t at = 0; at < message.size(); at += piece) conversion.add(message.substr(at, piece));
    conversion.finish();
    return out;
}

// RFC 6409 §8: fields that are missing are added. RFC 5322 §2.1: CRLF. However the pieces fall.
TEST(Conversion, IsTheSameForAllPieces) {
    for (const std::string_view message :
         {"Subject: x\n\nbody\n", "Subject: x\r\n\r\nbody\r\nmore", "no header at all\n\nTo: x\n", "", "\n", "\nbody",
          "From joe Thu Jan 1 00:00:00 1970\nSubject: x\n\nbody\n", "Subject: never ends"}) {
        const auto whole = convert(message, message.size() + 1);
        EXPECT_TRUE(whole.starts_with("Trace: x\r\n"));
        EXPECT_NE(whole.find("\r\nMessage-ID: <u@h.example>\r\n"), whole.npos) << message;
        EXPECT_NE(whole.find("\r\nFrom: joe@h.example\r\n"), whole.npos) << message;
        for (std::size_t piece = 1; piece < message.size(); ++piece)
            EXPECT_EQ(convert(message, piece), whole) << message;
    }
    EXPECT_TRUE(convert("cron says\n\nhello\n", 100).ends_with("\r\n\r\ncron says\r\n\r\nhello\r\n"));
}

TEST(Conversion, KnowsWhatItIsMadeOf) {
    std::string out;
    Conversion conversion(out, submission());
    conversion.add("Subject: x\n\nb\u00fccher\n");
    conversion.finish();
    EXPECT_TRUE(conversion.composition().has_8bit_body());
    EXPECT_FALSE(conversion.composition().has_8bit_header());
}

TEST(Conversion, LeavesAForwardAsItIs) {
    for (const std::size_t piece : {1u, 7u, 1000u}) {
        const std::string_view message = "Delivered-To: a@b\r\nBcc: c@d\r\nSubject: x\r\n\r\nno From, no Date\r\n";
        std::string out;
        Conversion conversion(out, std::nullopt);
        for (std::size_t at = 0; at < message.size(); at += piece) conversion.add(message.substr(at, piece));
        conversion.finish();
        EXPECT_EQ(out, message);
    }
}

}  // namespace
}  // namespace submitter
