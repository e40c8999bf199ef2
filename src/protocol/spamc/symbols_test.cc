#include "spamc/symbols.h"

#include <gtest/gtest.h>

namespace spamc {
namespace {

Response read(std::string_view octets, std::size_t piece = std::string_view::npos) {
    ResponseReader reader;
    for (std::size_t at = 0; at < octets.size(); at += std::min(piece, octets.size()))
        if (auto response = reader.add(octets.substr(at, piece))) return *response;
    return reader.finish();
}

TEST(SpamcSymbols, Asks) {
    EXPECT_EQ(request(12, ""), "SYMBOLS SPAMC/1.5\r\nContent-length: 12\r\n\r\n");
    EXPECT_EQ(request(12, "ann"), "SYMBOLS SPAMC/1.5\r\nContent-length: 12\r\nUser: ann\r\n\r\n");
}

TEST(SpamcSymbols, ReadsTheAnswerInPiecesOfAnyLength) {
    const std::pair<std::string_view, Verdict> cases[] = {
        {"SPAMD/1.1 0 EX_OK\r\nContent-length: 16\r\nSpam: True ; 1000.5 / 5.0\r\n\r\nGTUBE,NO_RELAYS\n",
         {true, 1000.5, {"GTUBE", "NO_RELAYS"}}},
        {"SPAMD/1.1 0 EX_OK\r\nSpam: False ; -1.9 / 5.0\r\ncontent-LENGTH: 2\r\n\r\n\r\n", {false, -1.9, {}}},
        {"SPAMD/1.5 0 EX_OK\r\nSpam: No;3/5\r\n\r\nA,\tB ,,", {false, 3, {"A", "B"}}},
    };
    for (const auto& [octets, want] : cases)
        for (const auto piece : {1UZ, 7UZ, octets.size()}) {
            const auto response = read(octets, piece);
            ASSERT_TRUE(response) << octets << response.error();
            EXPECT_EQ(*response, want) << octets;
        }
}

TEST(SpamcSymbols, WhatIsNoVerdictIsNoAnswer) {
    const std::string head = "SPAMD/1.1 0 EX_OK\r\n";
    const std::pair<std::string, std::string> cases[] = {
        {"", "it hangs up before it has answered"},
        {"SPAMD/1.0 76 Bad header line: (EOF during headers)\r\n",
         "it says: SPAMD/1.0 76 Bad header line: (EOF during headers)"},
        {"SPAMD/1.1 69 EX_UNAVAILABLE\r\n\r\n", "it says: SPAMD/1.1 69 EX_UNAVAILABLE"},
        {"HTTP/1.1 200 OK\r\n\r\n", "it does not speak SPAMD/1: HTTP/1.1 200 OK"},
        {"SPAMD/2.0 0 EX_OK\r\n\r\n", "it does not speak SPAMD/1: SPAMD/2.0 0 EX_OK"},
        {head + "\r\n", "its answer has no score"},
        {head + "Spam: True ; nan / 5\r\n\r\n", "its answer has no score"},
        {head + "Spam: True ; 1e999 / 5\r\n\r\n", "its answer has no score"},
        {head + "Spam: Perhaps ; 3 / 5\r\n\r\n", "its answer has no score"},
        {head + "Spam: True ; 3 / 5\r\nContent-length: 9\r\n\r\nGTUBE", "it hangs up in the middle of its answer"},
        {head + "Spam: True ; 3 / 5\r\nContent-length: 99999999\r\n\r\n", "its answer has no end"},
        {head + "Spam: True ; 3 / 5\r\n\r\n" + std::string(longest_body + 1, 'x'), "its answer has no end"},
        {std::string(longest_head + 1, 'x'), "its answer has no end"},
    };
    for (const auto& [octets, want] : cases) {
        const auto response = read(octets);
        ASSERT_FALSE(response) << octets.substr(0, 80);
        EXPECT_EQ(response.error(), want);
    }
}

}  // namespace
}  // namespace spamc
