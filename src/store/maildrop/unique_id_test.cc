#include "maildrop/unique_id.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "text/ascii.h"

namespace maildrop {
namespace {

// RFC 1939 §7
TEST(UniqueId, IsTheNameUpToTheColonWhereThatMayBe) {
    EXPECT_EQ(unique_id(stem("1700000000.Q1R0.mx.example:2,S")), "1700000000.Q1R0.mx.example");
    EXPECT_EQ(unique_id(stem("1700000000.M1P2.host,S=12,W=13:2,Sa")), "1700000000.M1P2.host,S=12,W=13");
    EXPECT_EQ(unique_id(std::string(70, 'x')), std::string(70, 'x'));
}

TEST(UniqueId, IsAHashOfANameThatMayNot) {
    const std::string strange[] = {"", std::string(71, 'x'), "with blank", "t\tab", "caf\xc3\xa9", "line\nend"};
    for (const auto& name : strange) {
        const auto id = unique_id(name);
        EXPECT_EQ(id.size(), 32u) << name;
        EXPECT_TRUE(std::ranges::all_of(id, text::is_graphic)) << name;
        EXPECT_EQ(id, unique_id(name));
    }
    EXPECT_NE(unique_id("a b"), unique_id("b a"));
}

TEST(UniqueId, TellsCopiesApart) {
    EXPECT_NE(unique_id("1.a.b", 1), unique_id("1.a.b", 0));
    EXPECT_NE(unique_id("1.a.b", 1), unique_id("1.a.b", 2));
}

TEST(UniqueId, SizesAreReadOutOfNames) {
    EXPECT_EQ(wire_size_in_name("1.a.b,S=10,W=12:2,S"), 12u);
    EXPECT_EQ(wire_size_in_name("1.a.b,W=12,S=10"), 12u);
    EXPECT_EQ(wire_size_in_name("1.a.b,S=10:2,S"), std::nullopt);
    EXPECT_EQ(wire_size_in_name("1.a.b:2,W=12"), std::nullopt);
    EXPECT_EQ(wire_size_in_name("1.a.b,W=:2,"), std::nullopt);
    EXPECT_EQ(wire_size_in_name("1.a.b,W=99999999999999999999"), std::nullopt);
    EXPECT_EQ(wire_size_in_name("1.a.b,W=9999999999999999"), std::nullopt);
}

}  // namespace
}  // namespace maildrop
