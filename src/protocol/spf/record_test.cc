#include "spf/record.h"

#include <gtest/gtest.h>

namespace spf {
namespace {

using Code = Error::Code;

Code error_of(std::string_view text) {
    const auto record = parse_record(text);
    EXPECT_FALSE(record) << text;
    return record ? Code::NotSpf : record.error().code;
}

}  // namespace

// RFC 7208 §4.5
TEST(SpfRecord, IsKnownByItsVersion) {
    for (const auto* text : {"v=spf1", "v=spf1 ", "V=SPF1 -all", "v=spf1  mx"}) EXPECT_TRUE(is_record(text)) << text;
    for (const auto* text : {"", "v=spf10", "v=spf1-all", "v=spf2.0/pra", " v=spf1", "v=spf1\tmx"})
        EXPECT_FALSE(is_record(text)) << text;
    EXPECT_EQ(error_of("v=spf2 -all"), Code::NotSpf);
}

// RFC 7208 §4.6.1, §5, §6: what is read is written down again the same way, but for case and what goes without saying.
TEST(SpfRecord, ReadsAndWritesTerms) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"v=spf1", "v=spf1"},
        {"v=spf1   +a   -all  ", "v=spf1 a -all"},
        {"v=spf1 A MX PTR ?all", "v=spf1 a mx ptr ?all"},
        {"v=spf1 a:%{d}/24//64 mx/16 mx//48", "v=spf1 a:%{d}/24//64 mx/16 mx//48"},
        {"v=spf1 a:foo:bar/baz.example", "v=spf1 a:foo:bar/baz.example"},
        {"v=spf1 a/32//128", "v=spf1 a"},
        {"v=spf1 a:x.example. mx:1-2.x--y", "v=spf1 a:x.example. mx:1-2.x--y"},
        {"v=spf1 ip4:192.0.2.1/32 ip4:192.0.2.77/0 IP6:2001:DB8::1/48",
         "v=spf1 ip4:192.0.2.1 ip4:192.0.2.77/0 ip6:2001:db8::1/48"},
        {"v=spf1 exists:%{L2R-+}%%%_%-%{i}", "v=spf1 exists:%{L2r-+}%%%_%-%{i}"},
        {"v=spf1 REDIRECT=%{d2}.x.example EXP=a%{p}", "v=spf1 redirect=%{d2}.x.example exp=a%{p}"},
        {"v=spf1 moo.cow-far_out=man:dog/cat%{c} m=", "v=spf1 moo.cow-far_out=man:dog/cat%{c} m="},
        {"v=spf1 include:%{i}.a%%.b-c.example ~all", "v=spf1 include:%{i}.a%%.b-c.example ~all"},
        {"v=spf1 a:%%%% exists:%_ ptr:a%-", "v=spf1 a:%%%% exists:%_ ptr:a%-"},
        {"v=spf1 exists:%{d999}", "v=spf1 exists:%{d128}"},
    };
    for (const auto& [text, written] : cases) {
        SCOPED_TRACE(text);
        const auto record = parse_record(text);
        ASSERT_TRUE(record) << describe(record.error().code);
        EXPECT_EQ(to_text(*record), written);
    }
}

// RFC 7208 §4.6: an error anywhere spoils the whole
TEST(SpfRecord, RefusesWhatTheGrammarDoesNotHave) {
    const std::pair<std::string_view, Code> cases[] = {
        {"v=spf1 ip4:192.0.2.1 -all moo", Code::UnknownTerm},
        {"v=spf1 -", Code::UnknownTerm},
        {"v=spf1 -all.", Code::UnexpectedValue},
        {"v=spf1 all:x.example", Code::UnexpectedValue},
        {"v=spf1 redirect:x.example", Code::UnknownTerm},
        {"v=spf1 moo.cow/far=out", Code::UnknownTerm},
        {"v=spf1 =all", Code::BadModifier},
        {"v=spf1 1up=foo", Code::BadModifier},
        {"v=spf1 a\tmx", Code::BadCharacter},
        {"v=spf1 a:x.example\xff", Code::BadCharacter},
        {"v=spf1 include", Code::MissingDomain},
        {"v=spf1 include: -all", Code::MissingDomain},
        {"v=spf1 exists", Code::MissingDomain},
        {"v=spf1 exp=", Code::MissingDomain},
        {"v=spf1 include:x.example/24", Code::BadDomain},
        {"v=spf1 a:192.0.2.1", Code::BadDomain},
        {"v=spf1 a:museum", Code::BadDomain},
        {"v=spf1 a:museum.", Code::BadDomain},
        {"v=spf1 a:x.-y", Code::BadDomain},
        {"v=spf1 a:x.y-", Code::BadDomain},
        {"v=spf1 a:x.example:25", Code::BadDomain},
        {"v=spf1 a:x}", Code::BadDomain},
        {"v=spf1 a:%{d}%%_", Code::BadDomain},
        {"v=spf1 a/24/64", Code::BadPrefixLength},
        {"v=spf1 a/33", Code::BadPrefixLength},
        {"v=spf1 a//129", Code::BadPrefixLength},
        {"v=spf1 a/032", Code::BadPrefixLength},
        {"v=spf1 a/99999999999999999999", Code::BadPrefixLength},
        {"v=spf1 ptr/24", Code::UnexpectedValue},
        {"v=spf1 ip4", Code::BadAddress},
        {"v=spf1 ip4:192.0.2", Code::BadAddress},
        {"v=spf1 ip4:192.0.2.01", Code::BadAddress},
        {"v=spf1 ip4:::1", Code::BadAddress},
        {"v=spf1 ip6:192.0.2.1", Code::BadAddress},
        {"v=spf1 ip4:192.0.2.1/", Code::BadPrefixLength},
        {"v=spf1 ip4:192.0.2.1//32", Code::BadPrefixLength},
        {"v=spf1 ip6:::1/129", Code::BadPrefixLength},
        {"v=spf1 redirect=a.example redirect=b.example", Code::RepeatedModifier},
        {"v=spf1 exp=a.example exp=a.example", Code::RepeatedModifier},
        {"v=spf1 exists:%", Code::BadMacro},
        {"v=spf1 exists:%{", Code::BadMacro},
        {"v=spf1 exists:%{}", Code::BadMacro},
        {"v=spf1 exists:%{d", Code::BadMacro},
        {"v=spf1 exists:%{x}", Code::BadMacro},
        {"v=spf1 exists:%{d0}", Code::BadMacro},
        {"v=spf1 exists:%{dr2}", Code::BadMacro},
        {"v=spf1 exists:%{d*}", Code::BadMacro},
        {"v=spf1 exists:%(d)", Code::BadMacro},
        {"v=spf1 exists:%{c}", Code::BadMacro},
        {"v=spf1 foo=%abc", Code::BadMacro},
    };
    for (const auto& [text, code] : cases) EXPECT_EQ(error_of(text), code) << text;
}

TEST(SpfRecord, SaysWhere) {
    EXPECT_EQ(parse_record("v=spf1 a moo").error(), (Error{Code::UnknownTerm, 9}));
    EXPECT_EQ(parse_record("v=spf1 a\x01").error(), (Error{Code::BadCharacter, 8}));
}

TEST(SpfRules, AreMechanismsAlone) {
    EXPECT_EQ(parse_rules("v=spf1 a/24 mx/24 ptr ?all")->size(), 4u);
    EXPECT_EQ(parse_rules("include:ours.example")->size(), 1u);
    EXPECT_EQ(parse_rules("")->size(), 0u);
    EXPECT_EQ(parse_rules("redirect=x.example").error().code, Code::BadModifier);
    EXPECT_EQ(parse_rules("a exp=x.example").error().code, Code::BadModifier);
    EXPECT_EQ(parse_rules("a foo").error(), (Error{Code::UnknownTerm, 2}));
}

}  // namespace spf
