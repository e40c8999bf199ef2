#include "dns/name.h"

#include <gtest/gtest.h>

#include "dns/record.h"

namespace {

dns::Name name(std::string_view text) { return *dns::parse_name(text); }
std::string again(std::string_view text) {
    const auto parsed = dns::parse_name(text);
    return parsed ? dns::to_text(*parsed) : "(none)";
}

}  // namespace

// RFC 1035 §2.3.1, §2.3.4, §5.1; RFC 4343
TEST(DnsName, ReadsAndPrints) {
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
    const std::pair<std::string, std::string> cases[] = {
        {"Example.ORG", "example.org"},
        {"example.org.", "example.org"},
        {".", "."},
        {"_25._tcp.mx.example.org", "_25._tcp.mx.example.org"},
        {"a\\.b.c", "a\\.b.c"},
        {"a\\046b", "a\\.b"},
        {"a\\000b", "a\\000b"},
        {"\\255", "\\255"},
        {"a\\\\b", "a\\\\b"},
        {longest, longest},
        {label + "a.example", "(none)"},
        {longest + "b", "(none)"},
        {"", "(none)"},
        {"a..b", "(none)"},
        {".a", "(none)"},
        {"..", "(none)"},
        {"a\\", "(none)"},
        {"a\\25", "(none)"},
        {"a\\256", "(none)"},
    };
    for (const auto& [text, want] : cases) EXPECT_EQ(again(text), want) << text;
}

TEST(DnsName, ComparesAndDescends) {
    EXPECT_EQ(name("A.Example"), name("a.eXAMPLE."));
    EXPECT_NE(name("a\\.b"), name("a.b"));
    EXPECT_TRUE(name("a.example").is_below(name("example")));
    EXPECT_TRUE(name("example").is_below(name("example")));
    EXPECT_FALSE(name("aexample").is_below(name("example")));
    EXPECT_FALSE(name("a\\.example").is_below(name("example")));
    EXPECT_TRUE(name("example").is_below(dns::Name()));
    EXPECT_EQ(name("a.b.c").parent(), name("b.c"));
    EXPECT_EQ(name("a").parent(), dns::Name());
    EXPECT_EQ(dns::Name().parent(), dns::Name());
    EXPECT_EQ(name("a.b.c").label_count(), 3u);
    EXPECT_EQ(name("Ab.c").first_label(), "ab");
    EXPECT_EQ(name("b.c").child("A"), name("a.b.c"));
    EXPECT_FALSE(name("b.c").child(""));
    EXPECT_FALSE(name("b.c").child(std::string(64, 'a')));
}

// Hostile: labels with dots, NUL or blanks inside are no host names.
TEST(DnsName, KnowsHostNames) {
    for (const auto text : {"example.org", "a", "192.0.2.1", "host_name.example", "a-b.c"})
        EXPECT_TRUE(name(text).is_host_name()) << text;
    for (const auto text : {".", "a\\.b.c", "a\\000.c", "-a.c", "a-.c", "a\\032b", "<script>"})
        EXPECT_FALSE(name(text).is_host_name()) << text;
}

// RFC 3597 §5
TEST(DnsRecord, NamesTypes) {
    EXPECT_EQ(dns::parse_type("mx"), dns::Type::Mx);
    EXPECT_EQ(dns::parse_type("TYPE52"), dns::Type::Tlsa);
    EXPECT_EQ(dns::to_text(dns::Type::Aaaa), "AAAA");
    EXPECT_EQ(dns::to_text(dns::Type(999)), "TYPE999");
    for (const auto text : {"", "TYPE", "TYPE65536", "TYPE-1", "MXX"}) EXPECT_FALSE(dns::parse_type(text)) << text;
}

// RFC 1035 §3.3, §5.1; RFC 6698 §2.2
TEST(DnsRecord, ReadsPresentationForm) {
    using dns::Type;
    struct Case {
        Type type;
        std::string_view text;
        std::string_view want;  // printed again; empty: refused
    };
    const Case cases[] = {
        {Type::A, "192.0.2.1", "192.0.2.1"},
        {Type::A, "2001:db8::1", ""},
        {Type::Aaaa, "2001:DB8::1", "2001:db8::1"},
        {Type::Aaaa, "192.0.2.1", ""},
        {Type::Mx, "10  mx.Example.com.", "10 mx.example.com"},
        {Type::Mx, "0 .", "0 ."},
        {Type::Mx, "65536 a", ""},
        {Type::Mx, "a 10", ""},
        {Type::Mx, "10", ""},
        {Type::Mx, "10 a b", ""},
        {Type::Cname, "a.example.", "a.example"},
        {Type::Ptr, "", ""},
        {Type::Txt, "v=spf1 -all", "\"v=spf1 -all\""},
        {Type::Txt, "", "\"\""},
        {Type::Txt, "say \"hi\"", "\"say \\\"hi\\\"\""},
        {Type::Tlsa, "3 1 1 AB cd", "3 1 1 abcd"},
        {Type::Tlsa, "3 1 256 ab", ""},
        {Type::Tlsa, "3 1 1 abc", ""},
        {Type(999), "\\# 2 abcd", "\\# 2 abcd"},
        {Type(999), "\\# 3 abcd", ""},
    };
    for (const auto& [type, text, want] : cases) {
        const auto value = dns::parse_value(type, text);
        EXPECT_EQ(value ? dns::to_text(*value) : "", want) << text;
    }
    const auto txt = dns::parse_value(Type::Txt, std::string(300, 'x'));
    EXPECT_EQ(std::get<dns::Txt>(*txt).strings.size(), 2u);
    EXPECT_EQ(std::get<dns::Txt>(*txt).joined(), std::string(300, 'x'));
}
