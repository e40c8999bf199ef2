#include "smtp/path.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace smtp {
namespace {

using Code = PathError::Code;

std::string times(std::size_t count, std::string_view text) {
    std::string out;
    while (count-- > 0) out += text;
    return out;
}

// RFC 5321 §4.1.2, §4.1.3
TEST(Path, ReadsMailboxesIntoOneForm) {
    struct Case {
        std::string_view path, want;
    };
    const Case cases[] = {
        {"<a@example.org>", "a@example.org"},
        {"<A.b+c=d@EXAMPLE.Org>", "A.b+c=d@example.org"},
        {"<\"a\"@example.org>", "a@example.org"},
        {"<\"a b\"@example.org>", "\"a b\"@example.org"},
        {"<\"\\a\\\"b\\\\\"@example.org>", "\"a\\\"b\\\\\"@example.org"},
        {"<\"a@b\"@example.org>", "\"a@b\"@example.org"},
        {"<\"a..b\"@example.org>", "\"a..b\"@example.org"},
        {"<\"a.b\"@example.org>", "a.b@example.org"},
        {"<a@[192.0.2.1]>", "a@[192.0.2.1]"},
        {"<a@[IPv6:2001:DB8:0:0::1]>", "a@[IPv6:2001:db8::1]"},
        {"<a@localhost>", "a@localhost"},
        {"<a@some_host.example.org>", "a@some_host.example.org"},
        {"<x.test!v@l.test>", "x.test!v@l.test"},         // a bang has no meaning
        {"<v%x.test@l.test>", "v%x.test@l.test"},         // nor has a percent sign
        {"<@a.test,@[192.0.2.9]:u@l.test>", "u@l.test"},  // App. C: source routes are forgotten
        {"a@example.org", "a@example.org"},
        {"a@example.org SIZE=1", "a@example.org"},
        {"<-oQ/tmp@l.test>", "-oQ/tmp@l.test"},
    };
    for (const auto& [path, want] : cases) {
        SCOPED_TRACE(path);
        const auto got = parse_forward_path(path, Utf8::Refused);
        ASSERT_TRUE(got) << describe(got.error().code);
        EXPECT_EQ(to_text(got->value), want);
        EXPECT_EQ(got->length, path.substr(0, path.find(" SIZE")).size());
        const auto again = parse_mailbox(want, Utf8::Refused);
        ASSERT_TRUE(again);
        EXPECT_EQ(*again, got->value);
    }
}

TEST(Path, RefusesWhatIsNone) {
    struct Case {
        std::string path;
        Code want;
    };
    const Case cases[] = {
        {"<>", Code::Empty},
        {"<@l.test>", Code::BadRoute},
        {"<\"\"@l.test>", Code::EmptyLocalPart},
        // no depth to recurse into
        {"<" + times(10'000, "("), Code::BadLocalPart},
        {times(10'000, "<"), Code::BadLocalPart},
        {"<" + times(10'000, "\""), Code::EmptyLocalPart},
        {"<\"a@l.test>", Code::BadLocalPart},
        {"<a@[>", Code::BadLiteral},
        {"<a@[IPv6:::g]>", Code::BadLiteral},
        {"<a@l..test>", Code::BadDomain},
        {"<a@-l.test>", Code::BadDomain},
        {"<a@l-.test>", Code::BadDomain},
        {"<a@.test>", Code::BadDomain},
        {"<a@[192.0.2.256]>", Code::BadLiteral},
        {"<a@[2001:db8::1]>", Code::BadLiteral},
        {"<a@192.0.2.1>", Code::BadDomain},
        {"<a@l.test\\", Code::MissingBracket},
        {"<a\\", Code::MissingDomain},
        {"<\"a\\", Code::BadLocalPart},
        {"<" + times(248, "a") + "@l.test>", Code::PathTooLong},
        {"<" + times(257, "a") + "@l.test>", Code::LocalPartTooLong},
        {"<" + times(1000, "a") + "@l.test>", Code::LocalPartTooLong},
        {"<a@" + times(64, "b") + ".test>", Code::DomainTooLong},
        {"<a@" + times(64, "b.b.") + "b>", Code::DomainTooLong},
        {"<abc@" + times(126, "b.") + "b>", Code::PathTooLong},
        {"<@" + times(120, "b.") + "b:abcdef@" + times(5, "c.") + "c>", Code::PathTooLong},
        {"<\"v@x.test\">", Code::MissingDomain},
        {"<u>", Code::MissingDomain},
        {"<v@x.test@l.test>", Code::MissingBracket},
        {"<v@x.test.>", Code::TrailingDot},
        {"<v@x.test..>", Code::BadDomain},
        {"<;for i in 0 1 2 3;do read r;done;sh;exit 0;>", Code::BadLocalPart},
        {"<${run{\\x2Fbin\\x2Fsh}}@l.test>", Code::MissingDomain},
        {"", Code::MissingBracket},
        {"<a@l.test", Code::MissingBracket},
        {"<a@l.test>x", Code::MissingBracket},
        {"<.a@l.test>", Code::BadLocalPart},
        {"<a.@l.test>", Code::BadLocalPart},
        {"<a b@l.test>", Code::MissingDomain},
        {"<a@l.test b@l.test>", Code::MissingBracket},
    };
    for (const auto& [path, want] : cases) {
        SCOPED_TRACE(path.substr(0, 60));
        const auto got = parse_forward_path(path, Utf8::Refused);
        ASSERT_FALSE(got);
        EXPECT_EQ(describe(got.error().code), describe(want));
    }
}

// RFC 5321 §4.5.3.1.1 to .3: exactly the limit is taken; of local parts more than that, as rewritten senders are longer
TEST(Path, TakesTheLongest) {
    EXPECT_TRUE(parse_forward_path("<" + times(64, "a") + "@l.test>", Utf8::Refused));
    EXPECT_TRUE(parse_forward_path("<" + times(247, "a") + "@l.test>", Utf8::Refused));
    const auto domain = times(125, "b.") + "bb";  // 252 octets; the path is 256 with "<a@" and ">"
    EXPECT_TRUE(parse_forward_path("<a@" + domain + ">", Utf8::Refused));
    EXPECT_FALSE(parse_forward_path("<aa@" + domain + ">", Utf8::Refused));
    EXPECT_TRUE(parse_mailbox("a@" + domain, Utf8::Refused));
    EXPECT_FALSE(parse_mailbox("aa@" + domain, Utf8::Refused));
}

// RFC 6531 §3.3
TEST(Path, ReadsUtf8) {
    EXPECT_EQ(parse_forward_path("<ü@l.test>", Utf8::Refused).error().code, Code::NonAscii);
    EXPECT_EQ(parse_forward_path("<u@bücher.test>", Utf8::Refused).error().code, Code::NonAscii);
    const auto u_label = parse_forward_path("<u@BÜCHER.test>", Utf8::Allowed);
    const auto a_label = parse_forward_path("<u@xn--bcher-kva.test>", Utf8::Refused);
    ASSERT_TRUE(u_label && a_label);
    EXPECT_EQ(u_label->value, a_label->value);
    EXPECT_FALSE(u_label->value.needs_smtputf8());
    EXPECT_TRUE(parse_forward_path("<ü@l.test>", Utf8::Allowed)->value.needs_smtputf8());
    EXPECT_EQ(to_text(parse_forward_path("<\"ü ü\"@l.test>", Utf8::Allowed)->value), "\"ü ü\"@l.test");
    for (std::string_view bad :
         {"<\xC0\xAE\xC0\xAE/@l.test>", "<\xED\xA0\x80@l.test>", "<a\xC3@l.test>", "<a@\xC0\xAE.test>"}) {
        SCOPED_TRACE(bad);
        EXPECT_EQ(parse_forward_path(bad, Utf8::Allowed).error().code, Code::BadUtf8);
    }
    EXPECT_EQ(parse_forward_path("<a\xC2\x85@l.test>", Utf8::Allowed).error().code, Code::BadLocalPart);
}

// RFC 5321 §4.5.5, §4.1.1.3
TEST(Path, ReadsTheSpecialOnes) {
    EXPECT_FALSE(parse_reverse_path("<>", Utf8::Refused)->value);
    EXPECT_FALSE(parse_reverse_path("<> SIZE=1", Utf8::Refused)->value);
    EXPECT_FALSE(parse_reverse_path("<>x", Utf8::Refused));
    EXPECT_FALSE(parse_reverse_path("<postmaster>", Utf8::Refused));
    for (std::string_view path : {"<postmaster>", "<Postmaster>", "<POSTMASTER> NOTIFY=NEVER"}) {
        const auto got = parse_forward_path(path, Utf8::Refused);
        ASSERT_TRUE(got);
        EXPECT_TRUE(got->value.is_bare_postmaster());
    }
    EXPECT_FALSE(parse_forward_path("<postmaster", Utf8::Refused));
}

TEST(Path, RefusalsHaveTheirCodes) {
    const auto wire = [](Code code, PathRole role) { return refusal({code, 0}, role).wire().substr(0, 9); };
    EXPECT_EQ(wire(Code::BadLocalPart, PathRole::Reverse), "501 5.1.7");
    EXPECT_EQ(wire(Code::BadLocalPart, PathRole::Forward), "501 5.1.3");
    EXPECT_EQ(wire(Code::NonAscii, PathRole::Forward), "553 5.6.7");
    EXPECT_EQ(wire(Code::BadUtf8, PathRole::Reverse), "501 5.5.2");
    EXPECT_EQ(wire(Code::TrailingDot, PathRole::Forward), "550 5.7.1");
}

std::filesystem::path conformance() {
    if (const char* folder = std::getenv("HERMOD_CONFORMANCE")) return folder;
    return HERMOD_SOURCE "/../shared/conformance";
}

std::string between(std::string_view text, std::string_view open, std::string_view close) {
    const auto start = text.find(open);
    if (start == text.npos) return {};
    const auto from = start + open.size();
    return std::string(text.substr(from, text.find(close, from) - from));
}

void append_utf8(std::string& out, unsigned character) {
    if (character < 0x80) {
        out += static_cast<char>(character);
    } else {
        out += static_cast<char>(0xE0 | character >> 12);
        out += static_cast<char>(0x80 | (character >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (character & 0x3F));
    }
}

// Entities as that suite uses them; U+2400 to U+2421 stand for control characters there.
std::string unescaped(std::string_view xml) {
    std::string out;
    for (std::size_t i = 0; i < xml.size(); ++i) {
        const auto end = xml[i] == '&' ? xml.find(';', i) : xml.npos;
        if (end == xml.npos) {
            out += xml[i];
            continue;
        }
        const std::string entity(xml.substr(i + 1, end - i - 1));
        if (entity == "lt")
            out += '<';
        else if (entity == "gt")
            out += '>';
        else if (entity == "amp")
            out += '&';
        else if (entity == "quot")
            out += '"';
        else if (entity.starts_with("#x")) {
            const auto number = static_cast<unsigned>(std::stoul(entity.substr(2), nullptr, 16));
            append_utf8(out, number >= 0x2400 && number <= 0x2421 ? number - 0x2400 : number);
        }
        i = end;
    }
    return out;
}

// What is valid for SMTP is taken, what is valid in a header only is not. Where we differ is listed with the reason.
TEST(Path, AgreesWithIsEmail) {
    std::ifstream file(conformance() / "address/isemail/tests.xml");
    if (!file) GTEST_SKIP() << "the conformance data is not here";
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    const std::set<std::string> good = {"ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN", "ISEMAIL_RFC5321"};
    const std::set<std::string> different = {
        "ISEMAIL_RFC5321_TLDNUMERIC",      // of these we refuse what has digits only
        "ISEMAIL_RFC5322_LOCAL_TOOLONG",   // limits.h: rewritten senders are longer
        "ISEMAIL_RFC5321_IPV6DEPRECATED",  // "::" for one group: RFC 4291 §2.2 lets it stand, RFC 5321 §4.1.3 does not
    };
    int compared = 0;
    for (auto at = all.find("<test id"); at != all.npos; at = all.find("<test id", at + 1)) {
        const auto test = all.substr(at, all.find("</test>", at) - at);
        const auto address = unescaped(between(test, "<address>", "</address>"));
        const auto category = between(test, "<category>", "</category>");
        const auto diagnosis = between(test, "<diagnosis>", "</diagnosis>");
        if (address.find('\xE2') != address.npos) continue;  // a stand-in that was no control character
        SCOPED_TRACE(address + " " + diagnosis);
        const bool is_taken = parse_mailbox(address, Utf8::Refused).has_value();
        if (different.contains(diagnosis) || address == "\"\"@iana.org") continue;  // no name at all
        EXPECT_EQ(is_taken, good.contains(category));
        ++compared;
    }
    EXPECT_GT(compared, 100);
}

// Postfix's list of host names: what it warns about we refuse as a domain, apart from what its table marks.
TEST(Path, AgreesWithPostfixOnHostNames) {
    std::ifstream file(conformance() / "address/postfix/valid_hostname.ref");
    if (!file) GTEST_SKIP() << "the conformance data is not here";
    std::string name;
    bool is_bad = false;
    const auto compare = [&] {
        if (name.empty() || name.contains('*')) return;  // wildcards are for its certificates
        SCOPED_TRACE(name);
        EXPECT_EQ(parse_mailbox("a@" + name, Utf8::Refused).has_value(), !is_bad);
    };
    for (std::string line; std::getline(file, line);) {
        if (line.contains("testing: ")) {
            compare();
            name = between(line, "\"", "\"");
            is_bad = false;
        }
        is_bad |= line.contains("warning: valid_hostname");
    }
    compare();
}

}  // namespace
}  // namespace smtp
