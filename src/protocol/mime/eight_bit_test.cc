#include "mime/eight_bit.h"

#include <gtest/gtest.h>

using namespace std::string_view_literals;

namespace {

struct Case {
    std::string_view message;
    bool header_8bit;
    bool body_8bit;
    bool nul;
    bool bare;
    std::size_t longest;
};

void expect(const Case& want, const mime::Composition& got) {
    EXPECT_EQ(got.has_8bit_header(), want.header_8bit);
    EXPECT_EQ(got.has_8bit_body(), want.body_8bit);
    EXPECT_EQ(got.has_nul(), want.nul);
    EXPECT_EQ(got.has_bare_line_end(), want.bare);
    EXPECT_EQ(got.longest_line(), want.longest);
    EXPECT_EQ(got.size(), want.message.size());
}

}  // namespace

// RFC 6152 §2, RFC 5322 §2.1.1, RFC 5321 §2.3.8
TEST(MimeEightBit, KnowsWhatAMessageIsMadeOf) {
    const Case cases[] = {
        {"", false, false, false, false, 0},
        {"A: b\r\n\r\nbody\r\n", false, false, false, false, 4},
        {"A: \xc3\xa9\r\n\r\nbody\r\n", true, false, false, false, 5},
        {"A: b\r\n\r\nb\xc3\xa9\r\n", false, true, false, false, 4},
        {"A: b\r\n\r\n\r\n\xe9", false, true, false, false, 4},
        {"A: b\r\n\r\nb\0\r\n"sv, false, false, true, false, 4},
        {"A\n", false, false, false, true, 1},
        {"A\rB\r\n", false, false, false, true, 3},
        {"A\r\r\n", false, false, false, true, 2},
        {"A\r", false, false, false, true, 1},
    };
    for (const auto& want : cases) {
        SCOPED_TRACE(want.message);
        mime::Composition whole;
        whole.add(want.message);
        expect(want, whole);
        mime::Composition bytewise;
        for (std::size_t i = 0; i < want.message.size(); ++i) bytewise.add(want.message.substr(i, 1));
        expect(want, bytewise);
    }
}
