#include "dns/wire.h"

#include <gtest/gtest.h>

using namespace std::string_literals;
using Code = dns::WireError::Code;
using dns::Type;

namespace {

dns::Name name(std::string_view text) { return *dns::parse_name(text); }
dns::Record record(std::string_view owner, Type type, std::string_view value, std::uint32_t ttl = 60) {
    return {name(owner), type, ttl, *dns::parse_value(type, value)};
}
dns::Packet response(dns::Question question, std::vector<dns::Record> answers, dns::Rcode rcode = dns::Rcode::NoError) {
    dns::Packet packet;
    packet.is_response = true;
    packet.rcode = rcode;
    packet.questions = {std::move(question)};
    packet.answers = std::move(answers);
    return packet;
}
Code error_of(const std::string& packet) {
    const auto decoded = dns::decode(packet);
    EXPECT_FALSE(decoded);
    return decoded ? Code::NotAResponse : decoded.error().code;
}

// A response to "a A" with one answer whose owner and data are given as octets.
std::string with_answer(const std::string& owner, const std::string& type, const std::string& data) {
    return "\0\1\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1"s + owner + type + "\0\1\0\0\0\x3c"s +
           static_cast<char>(data.size() >> 8) + static_cast<char>(data.size() & 0xff) + data;
}

}  // namespace

// RFC 1035 §4.1
TEST(DnsWire, ReadsWhatItWrites) {
    auto packet = response({name("example.org"), Type::Mx},
                           {record("example.org", Type::Mx, "10 mx.example.org"), record("a", Type::A, "192.0.2.1"),
                            record("a", Type::Aaaa, "2001:db8::1"), record("t", Type::Txt, std::string(300, 'x')),
                            record("c", Type::Cname, "d"), record("1.2.0.192.in-addr.arpa", Type::Ptr, "p"),
                            record("_25._tcp.a", Type::Tlsa, "3 1 1 abcd"), record("o", Type(999), "\\# 2 abcd")});
    packet.authority = {record("org", Type::Soa, "\\# 4 00000001")};
    packet.id = 4711;
    packet.recursion_available = packet.authentic_data = true;
    EXPECT_EQ(dns::decode(dns::encode(packet)), packet);
}

// RFC 1035 §4.1.4
TEST(DnsWire, FollowsCompression) {
    const auto packet = dns::decode(with_answer("\xc0\x0c"s, "\0\x0f"s, "\0\x0a\2mx\xc0\x0c"s));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->answers, std::vector{record("a", Type::Mx, "10 mx.a")});
}

// Hostile
TEST(DnsWire, RefusesBrokenPackets) {
    EXPECT_EQ(error_of(""), Code::Truncated);
    EXPECT_EQ(error_of("\0\1\x81\x80\0\1\0\1\0\0\0"s), Code::Truncated);
    EXPECT_EQ(error_of("\0\1\x81\x80\xff\xff\0\0\0\0\0\0"s), Code::TooManyRecords);
    EXPECT_EQ(error_of(with_answer("\xc0\x13"s, "\0\1"s, "abcd")), Code::CompressionLoop);     // to itself
    EXPECT_EQ(error_of(with_answer("\1b\xc0\x13"s, "\0\1"s, "abcd")), Code::CompressionLoop);  // to its own beginning
    EXPECT_EQ(error_of(with_answer("\xc0\xff"s, "\0\1"s, "abcd")), Code::CompressionLoop);     // forwards
    EXPECT_EQ(error_of(with_answer("\x40" + std::string(64, 'a') + '\0', "\0\1"s, "abcd")), Code::BadName);
    std::string too_long;
    for (int i = 0; i < 128; ++i) too_long += "\1a";
    EXPECT_EQ(error_of(with_answer(too_long + '\0', "\0\1"s, "abcd")), Code::BadName);
    EXPECT_EQ(error_of(with_answer("\xc0\x0c"s, "\0\1"s, "abc")), Code::Truncated);      // A of 3 octets
    EXPECT_EQ(error_of(with_answer("\xc0\x0c"s, "\0\1"s, "abcde")), Code::BadData);      // A of 5 octets
    EXPECT_EQ(error_of(with_answer("\xc0\x0c"s, "\0\x10"s, "\5abc")), Code::Truncated);  // TXT string beyond its data
    EXPECT_EQ(error_of(with_answer("\xc0\x0c"s, "\0\x34"s, "\3\1")), Code::BadData);     // TLSA of 2 octets
    const auto whole = with_answer("\xc0\x0c"s, "\0\x0f"s, "\0\x0a\2mx\xc0\x0c"s);
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(dns::decode(whole.substr(0, length))) << length;
}

TEST(DnsWire, AsksWithEdns) {
    const auto query = dns::encode_query(4711, {name("example.org"), Type::Mx}, /*wants_dnssec=*/true);
    const auto packet = dns::decode(query);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->questions, (std::vector{dns::Question{name("example.org"), Type::Mx}}));
    EXPECT_FALSE(packet->is_response);
    EXPECT_TRUE(query.ends_with("\0\0\x29\4\xd0\0\0\x80\0\0\0"s));
}

// RFC 1034 §4.3.2, RFC 2308 §2, RFC 2181 §5
TEST(DnsResponse, SaysWhatExists) {
    const dns::Question question{name("www.example.org"), Type::A};
    const auto answer_to = [&](std::vector<dns::Record> answers, dns::Rcode rcode = dns::Rcode::NoError) {
        return *dns::decode_response(dns::encode(response(question, std::move(answers), rcode)), question);
    };
    const auto found =
        answer_to({record("WWW.example.org", Type::Cname, "web.example.org", 30),
                   record("web.example.org", Type::A, "192.0.2.1", 60), record("web.example.org", Type::A, "192.0.2.1"),
                   record("other.example.org", Type::A, "192.0.2.9")});
    EXPECT_EQ(found.outcome, dns::Outcome::Insecure);
    EXPECT_EQ(found.existence, dns::Existence::Found);
    EXPECT_EQ(found.records, std::vector{record("web.example.org", Type::A, "192.0.2.1", 60)});
    EXPECT_EQ(found.canonical_name, name("web.example.org"));
    EXPECT_EQ(found.ttl, 30u);
    EXPECT_EQ(answer_to({}).existence, dns::Existence::NoData);
    EXPECT_EQ(answer_to({record("other.example.org", Type::A, "192.0.2.9")}).existence, dns::Existence::NoData);
    EXPECT_EQ(answer_to({}, dns::Rcode::NxDomain).existence, dns::Existence::NoName);
    for (const auto rcode : {dns::Rcode::ServFail, dns::Rcode::Refused, dns::Rcode::FormErr, dns::Rcode::NotImp}) {
        EXPECT_EQ(answer_to({}, rcode).outcome, dns::Outcome::Failed);
        EXPECT_FALSE(answer_to({}, rcode).reason.empty());
    }
}

// RFC 2308 §5
TEST(DnsResponse, TellsHowLongNoHolds) {
    const dns::Question question{name("x"), Type::A};
    auto packet = response(question, {}, dns::Rcode::NxDomain);
    EXPECT_EQ(dns::decode_response(dns::encode(packet), question)->ttl, 0u);
    packet.authority = {record("org", Type::Soa, "\\# 4 00000064", 200)};
    EXPECT_EQ(dns::decode_response(dns::encode(packet), question)->ttl, 100u);
}

// Hostile
TEST(DnsResponse, RefusesWhatIsNoAnswer) {
    const dns::Question question{name("x"), Type::A};
    auto packet = response(question, {record("x", Type::Cname, "y"), record("y", Type::Cname, "x")});
    EXPECT_EQ(dns::decode_response(dns::encode(packet), question).error().code, Code::TooManyAliases);
    EXPECT_EQ(dns::decode_response(dns::encode(packet), {name("y"), Type::A}).error().code, Code::WrongQuestion);
    packet.is_truncated = true;
    EXPECT_EQ(dns::decode_response(dns::encode(packet), question)->outcome, dns::Outcome::Failed);
    packet.is_response = false;
    EXPECT_EQ(dns::decode_response(dns::encode(packet), question).error().code, Code::NotAResponse);
}
