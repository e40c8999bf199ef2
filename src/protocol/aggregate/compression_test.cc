#include "aggregate/compression.h"

#include <gtest/gtest.h>

namespace aggregate {
namespace {

std::expected<std::string, PackingError> unpacked(std::string_view octets, std::uint64_t most = most_unpacked) {
    Unpacking unpacking(octets, most);
    std::string all;
    while (true) {
        auto piece = unpacking.next();
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) return all;
        EXPECT_LE(piece->size(), piece_size);
        all += *piece;
    }
}

// RFC 1952; RFC 9990 §3.5.2
TEST(Compression, GzipIsUndone) {
    for (const auto& text : {std::string("<x/>"), std::string(), std::string(1'000'000, 'x')})
        EXPECT_EQ(unpacked(to_gzip(text)), text);
}

TEST(Compression, PlainXmlIsItself) {
    EXPECT_EQ(unpacked("<x/>"), "<x/>");
    EXPECT_EQ(unpacked("\xef\xbb\xbf \r\n<x/>"), "\xef\xbb\xbf \r\n<x/>");
}

/// A ZIP archive with one file "a".
std::string zip(std::uint8_t flags, std::uint8_t method, std::uint8_t size, std::string_view content) {
    std::string header = "PK\x03\x04\x14";
    header.resize(30);
    header[6] = static_cast<char>(flags);
    header[8] = static_cast<char>(method);
    header[18] = header[22] = static_cast<char>(size);
    header[26] = 1;
    return header + "a" + std::string(content) + "PK\x01\x02 and so on";
}

TEST(Compression, TheFirstFileOfAZip) {
    EXPECT_EQ(unpacked(zip(0, 0, 4, "<x/>")), "<x/>");
    const auto gzip = to_gzip("<x>hello hello hello</x>");
    const auto deflated = gzip.substr(10, gzip.size() - 18);
    EXPECT_EQ(unpacked(zip(8, 8, 0, deflated)), "<x>hello hello hello</x>");
    EXPECT_EQ(unpacked(zip(1, 8, 0, deflated)), std::unexpected(PackingError::Encrypted));
    EXPECT_EQ(unpacked(zip(0, 12, 0, deflated)), std::unexpected(PackingError::Damaged));
    EXPECT_EQ(unpacked(zip(0, 0, 200, "<x/>")), std::unexpected(PackingError::Damaged));
}

TEST(Compression, WhatIsDamagedEnds) {
    const auto gzip = to_gzip("<x>hello</x>");
    for (std::size_t octets = 0; octets < gzip.size(); ++octets)
        EXPECT_FALSE(unpacked(gzip.substr(0, octets))) << octets;
    EXPECT_EQ(unpacked("hello"), std::unexpected(PackingError::Unknown));
    EXPECT_EQ(unpacked(""), std::unexpected(PackingError::Unknown));
    EXPECT_EQ(unpacked("PK\x03\x04"), std::unexpected(PackingError::Damaged));
}

// RFC 9990 §8.1: a bomb.
TEST(Compression, ThereIsAnEnd) {
    const auto bomb = to_gzip(std::string(10'000'000, '\0'));
    EXPECT_LT(bomb.size(), 20'000u);
    EXPECT_EQ(unpacked(bomb, 1'000'000), std::unexpected(PackingError::TooLong));
    EXPECT_EQ(unpacked("<" + std::string(1'000'000, 'x'), 1'000'000), std::unexpected(PackingError::TooLong));
}

}  // namespace
}  // namespace aggregate
