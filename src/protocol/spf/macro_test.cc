#include "spf/macro.h"

#include <gtest/gtest.h>

#include "text/ascii.h"

namespace spf {
namespace {

const Values v4{.local_part = "strong-bad",
                .sender_domain = "email.example.com",
                .domain = "email.example.com",
                .helo = "mx.example.org",
                .receiver = "we.example",
                .validated_name = "mx.example.org",
                .client = ip::v4(0xc0000203),
                .now = 1'000'000'000};

std::string text_of(std::string_view macros, const Values& values = v4) {
    const auto parsed = parse_macro_string(macros, MacroUse::Explanation);
    EXPECT_TRUE(parsed) << macros;
    return parsed ? expand_text(*parsed, values, 10'000).value() : "";
}

std::string domain_of(std::string_view macros, const Values& values = v4) {
    return expand_domain(parse_macro_string(macros, MacroUse::Domain).value(), values);
}

}  // namespace

// RFC 7208 §7.4
TEST(SpfMacro, ExpandsTheExamplesOfTheStandard) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"%{s}", "strong-bad@email.example.com"},
        {"%{o}", "email.example.com"},
        {"%{d}", "email.example.com"},
        {"%{d4}", "email.example.com"},
        {"%{d3}", "email.example.com"},
        {"%{d2}", "example.com"},
        {"%{d1}", "com"},
        {"%{dr}", "com.example.email"},
        {"%{d2r}", "example.email"},
        {"%{l}", "strong-bad"},
        {"%{l-}", "strong.bad"},
        {"%{lr}", "strong-bad"},
        {"%{lr-}", "bad.strong"},
        {"%{l1r-}", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
    };
    for (const auto& [macros, expanded] : cases) EXPECT_EQ(domain_of(macros), expanded) << macros;

    Values v6 = v4;
    v6.client = ip::parse_address("2001:db8::cb01").value();
    EXPECT_EQ(text::lower(domain_of("%{ir}.%{v}._spf.%{d2}", v6)),
              "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}

// RFC 7208 §7.2, §7.3
TEST(SpfMacro, ExpandsTheOthers) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"%{h} %{p} %{c} %{r} %{t}", "mx.example.org mx.example.org 192.0.2.3 we.example 1000000000"},
        {"100%% %_ %-", "100%   %20"},
        {"%{S}", "strong-bad%40email.example.com"},
        {"%{L}~._-", "strong-bad~._-"},
        {"%{h1r}", "mx"},
        {"%{l99}", "strong-bad"},
        {"%{s2@}", ""},  // "@" is no delimiter
    };
    for (const auto& [macros, expanded] : cases) {
        if (expanded.empty())
            EXPECT_FALSE(parse_macro_string(macros, MacroUse::Explanation)) << macros;
        else
            EXPECT_EQ(text_of(macros), expanded) << macros;
    }
    Values odd = v4;
    odd.local_part = "a.b-c+d,e/f_g=h";
    EXPECT_EQ(text_of("%{l.-+,/_=}", odd), "a.b.c.d.e.f.g.h");
    EXPECT_EQ(text_of("%{l3r+-,}", odd), "d.c.a.b");  // parts may have dots of their own
    odd.local_part = "";
    EXPECT_EQ(text_of("%{l}|%{lr}|%{l2-}", odd), "||");
    odd.client = ip::parse_address("2001:db8::1").value();
    EXPECT_EQ(text_of("%{c}", odd), "2001:db8::1");
}

// RFC 7208 §7.3: names over 253 octets lose labels on the left
TEST(SpfMacro, CutsNamesFromTheLeft) {
    Values values = v4;
    const std::string long_label(63, 'x');
    const auto domain = long_label + ".example.com";
    values.domain = domain;
    const auto name = domain_of("%{d}.%{d}.%{d}.%{d}", values);
    EXPECT_LE(name.size(), 253u);
    EXPECT_EQ(name, "example.com." + domain + '.' + domain + '.' + domain);
    EXPECT_TRUE(to_name(name));

    const std::string endless(100'000, 'a');
    values.local_part = endless;
    EXPECT_FALSE(to_name(domain_of("%{l}.example.com", values)).has_value() &&
                 domain_of("%{l}.example.com", values).size() > 253);
    EXPECT_EQ(domain_of("%{l}.example.com", values), "example.com");
    EXPECT_FALSE(to_name(domain_of("%{l}", values)));
    EXPECT_FALSE(expand_text(parse_macro_string("%{l}", MacroUse::Explanation).value(), values, 512));
}

// RFC 7208 §4.3, §4.8
TEST(SpfMacro, KnowsNamesThatCannotBeAsked) {
    for (const std::string_view text : {"", ".", "a..b", ".a", "a.."}) EXPECT_FALSE(to_name(text)) << text;
    EXPECT_FALSE(to_name(std::string(64, 'a') + ".b"));
    EXPECT_TRUE(to_name("a\\.b c"));
    EXPECT_EQ(to_name("A.b."), to_name("a.B"));
}

// RFC 8616 §4
TEST(SpfMacro, DoesNotExpandLocalPartsOutsideAscii) {
    Values values = v4;
    values.local_part = "j\xc3\xbcrgen";
    for (const auto& [macros, can] : {std::pair{"%{l}.x", false}, {"%{s}", false}, {"%{d}%{o}%{h}", true}})
        EXPECT_EQ(values.can_expand(parse_macro_string(macros, MacroUse::Domain).value()), can) << macros;
}

}  // namespace spf
