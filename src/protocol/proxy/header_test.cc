#include "proxy/header.h"

#include <gtest/gtest.h>

#include <string>

#include "checksum/crc32c.h"

namespace proxy {
namespace {

using namespace std::string_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string ipv4_addresses =
    "\xC0\x00\x02\x01\xC6\x33\x64\x02\x30\x39\x00\x19"s;  // 192.0.2.1:12345, 198.51.100.2:25

std::string header(char version_command, char family, const std::string& rest) {
    return signature + version_command + family + static_cast<char>(rest.size() >> 8) +
           static_cast<char>(rest.size() & 0xFF) + rest;
}

// §2.2: IPv4, followed by what the client says
TEST(ProxyHeader, ReadsIPv4) {
    const auto octets = header('\x21', '\x11', ipv4_addresses);
    const auto got = parse_header(octets + "EHLO x\r\n");
    ASSERT_TRUE(got && *got);
    EXPECT_EQ((*got)->length, octets.size());
    EXPECT_EQ(to_text((*got)->client.value()), "192.0.2.1:12345");
    EXPECT_EQ(to_text((*got)->server.value()), "198.51.100.2:25");
}

TEST(ProxyHeader, ReadsIPv6) {
    const std::string client = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s,
                      server = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"s;
    const auto got = parse_header(header('\x21', '\x21', client + server + "\x30\x39\x00\x19"s));
    ASSERT_TRUE(got && *got);
    EXPECT_EQ(to_text((*got)->client.value()), "[2001:db8::1]:12345");
    EXPECT_EQ(to_text((*got)->server.value()), "[2001:db8::2]:25");
}

// §2.2: LOCAL and UNSPEC say nothing about a client; the connection's own addresses count
TEST(ProxyHeader, LeavesTheClientUnknown) {
    for (const auto& octets :
         {header('\x20', '\x00', ""), header('\x20', '\x11', "junk"), header('\x21', '\x00', "junk")}) {
        const auto got = parse_header(octets);
        ASSERT_TRUE(got && *got);
        EXPECT_EQ((*got)->length, octets.size());
        EXPECT_FALSE((*got)->client);
    }
}

TEST(ProxyHeader, WaitsForAllOctets) {
    const auto octets = header('\x21', '\x11', ipv4_addresses + "\x04\x00\x02xx"s);
    for (std::size_t length = 0; length < octets.size(); ++length) {
        SCOPED_TRACE(length);
        const auto got = parse_header(std::string_view(octets).substr(0, length));
        ASSERT_TRUE(got);
        EXPECT_FALSE(*got);
    }
}

TEST(ProxyHeader, RefusesWhatIsWrong) {
    struct Case {
        std::string octets;
        Error want;
    };
    const Case cases[] = {
        {"EHLO x\r\n", Error::NotProxy},
        {"PROXY TCP4 192.0.2.1 198.51.100.2 1 25\r\n", Error::Version1},
        {header('\x11', '\x11', ipv4_addresses), Error::BadVersion},
        {header('\x22', '\x11', ipv4_addresses), Error::BadCommand},
        {header('\x21', '\x12', ipv4_addresses), Error::BadFamily},  // UDP
        {header('\x21', '\x31', ipv4_addresses), Error::BadFamily},  // a Unix socket
        {header('\x21', '\x11', ipv4_addresses.substr(1)), Error::BadLength},
        {signature + "\x21\x11\xFF\xFF"s, Error::BadLength},
        {header('\x21', '\x11', ipv4_addresses + "\x04\x00"s), Error::BadTlv},
        {header('\x21', '\x11', ipv4_addresses + "\x04\x00\x03xx"s), Error::BadTlv},
        {header('\x21', '\x11', ipv4_addresses + "\x04\xFF\xFFxx"s), Error::BadTlv},
        {header('\x21', '\x11', ipv4_addresses + "\x03\x00\x04zzzz"s), Error::BadChecksum},
    };
    for (const auto& [octets, want] : cases) {
        SCOPED_TRACE(describe(want));
        const auto got = parse_header(octets);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error(), want);
    }
}

// §2.2.2
TEST(ProxyHeader, ChecksTheChecksum) {
    auto octets = header('\x21', '\x11', ipv4_addresses + "\x03\x00\x04\x00\x00\x00\x00"s);
    const auto sum = checksum::crc32c(octets);
    for (std::size_t i = 0; i < 4; ++i) octets[octets.size() - 4 + i] = static_cast<char>(sum >> (24 - 8 * i) & 0xFF);
    const auto got = parse_header(octets);
    ASSERT_TRUE(got && *got);
    EXPECT_TRUE((*got)->client);
}

}  // namespace
}  // namespace proxy
