#include "checksum/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

// RFC 3720 §B.4
TEST(Crc32c, GivesThePublishedValues) {
    EXPECT_EQ(checksum::crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(checksum::crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    EXPECT_EQ(checksum::crc32c("123456789"), 0xe3069283u);
}

TEST(Crc32c, ByInstructionAndByTableAgreeAndContinue) {
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
        std::string bytes(random() % 300, '\0');
        for (auto& c : bytes) c = static_cast<char>(random());
        const auto whole = checksum::crc32c(bytes, 42);
        EXPECT_EQ(whole, checksum::crc32c_by_table(bytes, 42));
        const auto cut = bytes.empty() ? 0 : random() % bytes.size();
        EXPECT_EQ(whole, checksum::crc32c(bytes.substr(cut), checksum::crc32c(bytes.substr(0, cut), 42)));
    }
}
