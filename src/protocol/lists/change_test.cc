#include <gmock/gmock.h>

#include <map>

#include "lists/author.h"
#include "lists/footer.h"
#include "lists/settings.h"
#include "lists/subject.h"
#include "mime/header.h"

namespace lists {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(ListSettings, TakeTextAlone) {
    for (const auto* good : {"", "[dev]", "[d\xc3\xa9v]", "dev:", "a b"}) EXPECT_TRUE(is_subject_prefix(good)) << good;
    for (const auto* bad : {" [dev]", "[dev] ", "a\nb", "\xff", "01234567890123456789012345678901234567890"})
        EXPECT_FALSE(is_subject_prefix(bad)) << bad;
    for (const auto* good : {"", "a\n", "\n", "-- \nf\xc3\xbc\xc3\x9f\n"}) EXPECT_TRUE(is_footer(good)) << good;
    for (const auto* bad : {"a", "a\r\n", "\xff\n", "\x1b[1m\n"}) EXPECT_FALSE(is_footer(bad)) << bad;
    EXPECT_FALSE(is_footer(std::string(201, 'a') + "\n"));
    EXPECT_FALSE(is_footer(std::string(4000, '\n') + "\n"));
}

// RFC 5322 §3.6.5, RFC 2047 §6.2
TEST(SubjectPrefix, StandsInFrontOnce) {
    struct Case {
        std::string_view prefix, before, after;  // empty: as it was
    };
    const Case cases[] = {
        {"[dev]", "Subject: hello\n", "Subject: [dev] hello\n"},
        {"[dev]", "subject:hello\r\n", "subject: [dev] hello\r\n"},
        {"[dev]", "Subject: Re: hello\n", "Subject: [dev] Re: hello\n"},
        {"[dev]", "Subject: Re: [dev] hello\n", ""},
        {"[dev]", "Subject: AW: [DEV]  hello\n", ""},
        {"[dev list]", "Subject: Re: [dev\n list] hello\n", ""},
        {"[dev]", "Subject: =?utf-8?q?Re=3A_=5Bdev=5D_Gr=C3=BC=C3=9Fe?=\n", ""},
        {"[dev]", "Subject: =?iso-2022-jp?B?UmU6IFtkZXZdIBskQjpHGyhC?=\n", ""},
        {"[d\xc3\xa9v]", "Subject: Re: =?utf-8?B?W2TDqXZd?= hello\n", ""},
        {"[d\xc3\xa9v]", "Subject: =?iso-8859-1?q?Re=3A_[d=E9v]_hello?=\n", ""},
        {"[dev]", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n", "Subject: [dev] =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"},
        {"[d\xc3\xa9v]", "Subject: hello\n", "Subject: =?utf-8?B?W2TDqXZd?= hello\n"},
        {"[d\xc3\xa9v]", "Subject: =?utf-8?q?x?=\n", "Subject: =?utf-8?B?W2TDqXZdIA==?= =?utf-8?q?x?=\n"},
        {"[dev]", "Subject:\n a folded one\n", "Subject: [dev]\n a folded one\n"},
        {"[dev]", "Subject: two\r\n\tlines\r\n", "Subject: [dev] two\r\n\tlines\r\n"},
        {"[dev]", "Subject:\n", "Subject: [dev]\n"},
        {"[dev]", "Subject:  \n \n", "Subject: [dev]\n"},
        {"[dev]", "Subject: one\nSubject: [dev]\n", "Subject: [dev] one\nSubject: [dev]\n"},
        {"", "Subject: hello\n", ""},
        {"[d\xff]", "Subject: hello\n", ""},
    };
    for (const auto& [prefix, before, after] : cases) {
        SCOPED_TRACE(before);
        auto message = std::string(before) + "To: x\n\nSubject: body\n";
        const auto want = after.empty() ? message : std::string(after) + "To: x\n\nSubject: body\n";
        EXPECT_EQ(add_subject_prefix(message, prefix), !after.empty());
        EXPECT_EQ(message, want);
        EXPECT_FALSE(add_subject_prefix(message, prefix));
    }
    std::string without = "X: y\n\nbody\n";
    EXPECT_TRUE(add_subject_prefix(without, "[dev]"));
    EXPECT_EQ(without, "X: y\nSubject: [dev]\r\n\nbody\n");
}

// RFC 5322 §2.1.1
TEST(SubjectPrefix, FoldsRatherThanMakesLongLines) {
    const std::string words(68, 'x');
    auto message = "Subject: " + words + "\n y\n\n";
    EXPECT_TRUE(add_subject_prefix(message, "[dev]"));
    EXPECT_EQ(message, "Subject: [dev]\n " + words + "\n y\n\n");
    const std::string long_word(2000, 'x');
    message = "Subject: " + long_word + "\n\n";
    EXPECT_TRUE(add_subject_prefix(message, std::string("[d\xc3\xa9v ") + std::string(33, 'x') + "]"));
    EXPECT_LE(message.find('\n'), 78u);
    EXPECT_THAT(message, EndsWith("\n " + long_word + "\n\n"));
    EXPECT_FALSE(add_subject_prefix(message, std::string("[d\xc3\xa9v ") + std::string(33, 'x') + "]"));
}

std::string with_footer(std::string_view message, std::string_view footer = "-- \nthe list\n",
                        std::string_view boundary = "=_b") {
    std::string changed(message);
    return add_footer(changed, footer, boundary) ? changed : "unchanged";
}

// RFC 2045 §6.7, §6.8
TEST(Footer, StandsBelowText) {
    struct Case {
        std::string_view message, footer, want;
    };
    const Case cases[] = {
        {"A: b\n\nhello\n", "x\n", "A: b\n\nhello\n\nx\n"},
        {"A: b\r\n\r\nhello\r\n", "x\ny\n", "A: b\r\n\r\nhello\r\n\r\nx\r\ny\r\n"},
        {"A: b\n\nhello", "x\n", "A: b\n\nhello\n\nx\n"},
        {"A: b\n\n", "x\n", "A: b\n\nx\n"},
        {"A: b\n", "x\n", "A: b\n\nx\n"},
        {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nhello\n", "\xc3\xbc\n",
         "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nhello\n\n\xc3\xbc\n"},
        {"Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 8bit\n\nhello\n", "\xc3\xbc\n",
         "Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 8bit\n\nhello\n\n\xfc\n"},
        {"Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\nhello=20\n",
         "\xc3\xbc=\n",
         "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: "
         "quoted-printable\n\nhello=20\n\n=FC=3D\n"},
        {"Content-Transfer-Encoding: quoted-printable\n\nsoft=\n", "x\n",
         "Content-Transfer-Encoding: quoted-printable\n\nsoft=\n\n\nx\n"},
        {"Content-Transfer-Encoding: quoted-printable\n\nsoft=", "x\n",
         "Content-Transfer-Encoding: quoted-printable\n\nsoft=\n\n\nx\n"},
        {"Content-Transfer-Encoding: base64\n\naGVsbG8K\n", "x\n",
         "Content-Transfer-Encoding: base64\n\naGVsbG8KDQp4DQo=\n"},
        {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: Base64\r\n\naGVsbG8=\r\n", "\xc3\xbc\n",
         "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: Base64\r\n\naGVsbG8NCg0Kw7wNCg==\n"},
    };
    for (const auto& [message, footer, want] : cases) EXPECT_EQ(with_footer(message, footer), want) << message;
}

// RFC 1864 §2: of the body that was there. Around that body it holds.
TEST(Footer, LeavesNoDigestOfAnotherBody) {
    EXPECT_EQ(with_footer("Content-MD5: eA==\nA: b\n\nhello\n", "x\n"), "A: b\n\nhello\n\nx\n");
    EXPECT_EQ(with_footer("A: b\ncontent-md5: eA==\n", "x\n"), "A: b\n\nx\n");
    EXPECT_THAT(with_footer("Content-MD5: eA==\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n"),
                Not(HasSubstr("MD5")));
    EXPECT_THAT(with_footer("Content-MD5: eA==\nContent-Type: text/html\n\nhello\n"),
                HasSubstr("--=_b\nContent-MD5: eA==\nContent-Type: text/html\n\nhello\n"));
}

// RFC 3676 §4.2, §4.4
TEST(Footer, IsNotJoinedToFlowedText) {
    EXPECT_EQ(with_footer("Content-Type: text/plain; format=Flowed\n\nhello \n", "-- \nFrom here \n> there\n"),
              "Content-Type: text/plain; format=Flowed\n\nhello \n\n-- \n From here\n > there\n");
}

// RFC 2046 §5.1.1, §5.1.3
TEST(Footer, IsAPartOfWhatHasParts) {
    const std::string head = "Content-Type: multipart/mixed; boundary=\"b b\"\n\n";
    EXPECT_EQ(with_footer(head + "preamble\n--b b\n\none\n--b b\n\ntwo\n--b b-- \nepilogue\n", "x\n"),
              head +
                  "preamble\n--b b\n\none\n--b b\n\ntwo\n--b b\nContent-Type: text/plain; charset=us-ascii\n"
                  "Content-Transfer-Encoding: 7bit\nContent-Disposition: inline\n\nx\n\n--b b-- \nepilogue\n");
    EXPECT_THAT(with_footer(head + "--b b\n\none\n--b b--\n", "\xc3\xbc\n"),
                HasSubstr("\n--b b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
                          "quoted-printable\nContent-Disposition: inline\n\n=C3=BC\n\n--b b--\n"));
    // Hostile: a boundary that stands in the footer.
    EXPECT_EQ(with_footer(head + "--b b\n\none\n--b b--\n", "a\n--b b--\n"), "unchanged");
}

// RFC 2046 §5.1: all else is the first part, octet for octet.
TEST(Footer, StandsBesideWhatIsNoPlainText) {
    EXPECT_EQ(with_footer("From: a@b\nContent-Type: text/html;\n charset=x\nMIME-Version: 1.0\nContent-Language: "
                          "de\nTo: c\n\n<p>hello",
                          "x\n"),
              "From: a@b\nMIME-Version: 1.0\nTo: c\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\n--=_b\n"
              "Content-Type: text/html;\n charset=x\nContent-Language: de\n\n<p>hello\n--=_b\n"
              "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\nContent-Disposition: "
              "inline\n\nx\n\n--=_b--\n");
    const std::string_view wrapped[] = {
        "Content-Type: multipart/alternative; boundary=a\n\n--a\n\none\n--a\n\ntwo\n--a--\n",
        "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n",
        "Content-Type: text/plain; charset=iso-2022-jp\n\nhello\n",
        "Content-Type: text/plain; charset*=utf-16''x\n\nhello\n",  // RFC 2231 §4
        "Content-Type: text/plain; charset*0=utf-; charset*1=16\n\nhello\n",
        "Content-Type: text/plain; charset=us-ascii; format*=''flowed\n\nhello\n",
        "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.patch\n\nhello\n",
        "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n",
        "Content-Type: message/rfc822\n\nFrom: a@b\n\nhello\n",
    };
    for (const auto message : wrapped) {
        const auto changed = with_footer(message);
        EXPECT_THAT(changed,
                    StartsWith("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\n--=_b\n" +
                               std::string(message)));
        EXPECT_THAT(changed, EndsWith("\n\n-- \nthe list\n\n--=_b--\n"));
    }
    // A character that the charset, or the encoding, has not.
    for (const std::string_view message :
         {"A: b\n\nhello\n", "Content-Type: text/plain; charset=utf-8\n\nhello\n",
          "Content-Type: text/plain; charset=iso-8859-2\nContent-Transfer-Encoding: 8bit\n\nhello\n"})
        EXPECT_THAT(with_footer(message, "\xc3\xbc\n"), HasSubstr("multipart/mixed")) << message;
    EXPECT_THAT(with_footer("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nh\xe4\n",
                            "\xe2\x82\xac\n"),
                HasSubstr("boundary=\"=_b\"\nContent-Transfer-Encoding: 8bit\n"))
        << "RFC 2045 §6.4: what is around 8-bit text says so";
}

TEST(Footer, LeavesWhatItWouldBreak) {
    const std::string_view kept[] = {
        "Content-Type: multipart/signed; boundary=a\n\n--a\n\none\n--a--\n",  // RFC 1847
        "Content-Type: multipart/encrypted; boundary=a\n\n--a\n\none\n--a--\n",
        "Content-Type: multipart/report; boundary=a\n\n--a\n\none\n--a--\n",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: "
        "base64\n\naGVsbG8K\n",
        "Content-Type: message/partial; id=1\n\nhello\n",
        // Hostile, or broken: who can tell what it is?
        "Content-Type: text/plain\nContent-Type: text/html\n\nhello\n", "Content-Type: nonsense\n\nhello\n",
        "Content-Type: text/plain; charset=\"utf-8\n\nhello\n", "Content-Transfer-Encoding: uuencode\n\nhello\n",
        "Content-Transfer-Encoding: base64\n\nthis is no base64!\n",
        "Content-Type: multipart/mixed\n\n--a\n\none\n--a--\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nit ends too soon\n",
        "Content-Type: multipart/alternative; boundary=a\n\n--b\n\none\n--b--\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n--a--\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\n--ab\n\none\n--ab--\n--a--\n",
        "Content-Type: multipart/mixed; boundary=a; boundary*=''b\n\n--a\n\none\n--a--\n",
        "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n--a\n\none\n--a--\n",
        "no field\n\nhello\n",
        "Content-Type: text/html\n\na =_b in it\n",  // the boundary
    };
    for (const auto message : kept) EXPECT_EQ(with_footer(message), "unchanged") << message;
    EXPECT_EQ(with_footer("A: b\n\n" + std::string(largest_with_footer, 'x')), "unchanged");
    EXPECT_EQ(with_footer("A: b\n\nhello\n", ""), "unchanged");
    EXPECT_EQ(with_footer("A: b\n\nhello\n", "no line end"), "unchanged");
}

List example() {
    List list;
    list.name = "dev";
    list.domain = "l.example";
    list.description = "Development";
    return list;
}

std::string rewritten(std::string_view header, const List& list = example()) {
    auto message = std::string(header) + "\nbody\n";
    rewrite_author(message, list);
    EXPECT_THAT(message, EndsWith("\nbody\n"));
    message.resize(message.size() - 6);
    return message;
}

// RFC 7960 §4.1.3.3
TEST(RewrittenAuthor, IsTheListWithTheAuthorsName) {
    EXPECT_EQ(rewritten("To: dev@l.example\nFrom: Ann <ann@a.example>\nSubject: x\n"),
              "To: dev@l.example\nFrom: Ann via Development <dev@l.example>\r\nReply-To: Ann <ann@a.example>\r\n"
              "X-Original-From: Ann <ann@a.example>\r\nSubject: x\n");
    struct Case {
        std::string_view from, want;
    };
    const Case cases[] = {
        {"ann@a.example", "ann via Development <dev@l.example>"},
        {"\"Lee, Ann\" <ann@a.example>", "\"Lee, Ann via Development\" <dev@l.example>"},
        {"=?utf-8?q?J=C3=B6rg?= <j@a.example>", "=?utf-8?B?SsO2cmcgdmlhIERldmVsb3BtZW50?= <dev@l.example>"},
        {"=?koi8-r?B?8NLJ18XU?= <j@a.example>", "=?koi8-r?B?8NLJ18XU?= via Development <dev@l.example>"},
        {"=?koi8-r?B?8NLJ18XU?= x <j@a.example>", "j via Development <dev@l.example>"},
        {"Ann <ann@a.example>, Bob <bob@b.example>", "Ann via Development <dev@l.example>"},
        {"\"a\\\"b\" <x@y.example>", "\"a\\\"b via Development\" <dev@l.example>"},
        {"<<>>", "Development <dev@l.example>"},  // hostile
        {"Ann@Work <ann@bank.example>", "Development <dev@l.example>"},
    };
    for (const auto& [from, want] : cases)
        EXPECT_THAT(rewritten("From: " + std::string(from) + "\n"), StartsWith("From: " + std::string(want) + "\r\n"))
            << from;
    // RFC 2047 §6.2
    auto foreign = example();
    foreign.description = "D\xc3\xa9veloppement";
    EXPECT_THAT(rewritten("From: =?koi8-r?B?8NLJ18XU?= <j@a.example>\n", foreign),
                StartsWith("From: =?koi8-r?B?8NLJ18XU?= =?utf-8?B?IHZpYSBEw6l2ZWxvcHBlbWVudA==?="));
    auto nameless = example();
    nameless.description = "";
    EXPECT_THAT(rewritten("From: Ann <ann@a.example>\n", nameless),
                StartsWith("From: Ann via dev <dev@l.example>\r\n"));
    EXPECT_EQ(rewritten("To: x\n"), "To: x\nFrom: Development <dev@l.example>\r\n");
    EXPECT_EQ(mime::count_fields(rewritten("From: a@b.example\nFrom: c@d.example\n"), "From"), 1u);
    EXPECT_LT(rewritten("From: " + std::string(5000, 'x') + " <a@b.example>\n").find("X-Original-From"), 400u);
}

// Hostile: RFC 5322 §3.6.2 knows one From, and some mail programs know more ways to write one.
TEST(RewrittenAuthor, IsTheOnlyOneThatAnybodyCanRead) {
    EXPECT_EQ(rewritten(" From: ceo@bank.example\nTo: x\nFrom\r\n : ceo@bank.example\r\nFrom: Ann <ann@a.example>\n"),
              "To: x\nFrom: Ann via Development <dev@l.example>\r\nReply-To: Ann <ann@a.example>\r\n"
              "X-Original-From: Ann <ann@a.example>\r\n");
}

TEST(RewrittenAuthor, HasTheAnswers) {
    const auto answers = [](std::string_view header) {
        const auto field = mime::find_field(rewritten(header), "Reply-To");
        return field ? mime::unfold(field->value) : "none";
    };
    EXPECT_EQ(answers("From: Ann <ann@a.example>, bob@b.example\n"), "Ann <ann@a.example>, bob@b.example");
    EXPECT_EQ(answers("From: =?utf-8?q?J=C3=B6rg?= <j@a.example>\n"), "=?utf-8?q?J=C3=B6rg?= <j@a.example>");
    EXPECT_EQ(answers("From: ann@a.example\nReply-To: else@b.example\n"), "else@b.example");
    EXPECT_EQ(answers("From: ann@a.example\nReply-To: dev@l.example, x@y.example\n"), "dev@l.example, x@y.example");
    EXPECT_EQ(answers("From: ann@a.example\nReply-To: Dev <DEV@l.example>\n"), "Dev <DEV@l.example>, ann@a.example");
    EXPECT_EQ(answers("To: x\n"), "none");
    EXPECT_EQ(answers("From: ann@a.example\nReply-To: Ann@Work <ann@w.example>\n"), "Ann@Work <ann@w.example>");
    EXPECT_EQ(answers("From: ann@a.example\nReply-To: nobody:;\n"), "nobody:;");
    EXPECT_EQ(answers("From: ann@a.example\nReply-To: dev@l.example\nReply-To: <\n"), "dev@l.example");
    std::string many = "a@a.example";
    for (int i = 0; i < 9; ++i) many += ", " + std::to_string(i) + "@a.example";
    EXPECT_THAT(answers("From: " + many + "\n"), EndsWith("8@a.example"));
    EXPECT_EQ(answers("From: " + many + ", x@a.example\n"), "none");
}

/// Answers by a table; what is not in it does not exist.
Protection::Result protection(std::string_view header, const std::map<std::string, std::string>& records,
                              int* asked = nullptr) {
    Protection protection(header);
    while (const auto& question = protection.question()) {
        if (asked) ++*asked;
        const auto name = dns::to_text(question->name);
        const auto found = records.find(name);
        dns::Answer answer{.outcome = dns::Outcome::Insecure,
                           .existence = dns::Existence::NoName,
                           .records = {},
                           .canonical_name = question->name,
                           .reason = {}};
        if (found != records.end() && found->second == "fails")
            answer = dns::failed("time-out");
        else if (found != records.end()) {
            answer.existence = dns::Existence::Found;
            answer.records.push_back({question->name, dns::Type::Txt, 60, dns::Txt{{found->second}}});
        }
        protection.answer(answer);
    }
    return protection.result();
}

// RFC 9989 §4.7, §4.10.1
TEST(Protection, IsWhatTheAuthorsDomainPublishes) {
    using enum Protection::Result;
    struct Case {
        std::map<std::string, std::string> records;
        Protection::Result want;
    };
    const Case cases[] = {
        {{{"_dmarc.a.example", "v=DMARC1; p=reject"}}, Yes},
        {{{"_dmarc.a.example", "v=DMARC1; p=quarantine"}}, Yes},
        {{{"_dmarc.a.example", "v=DMARC1; p=quarantine; t=y"}}, Yes},
        {{{"_dmarc.a.example", "v=DMARC1; p=none"}}, No},
        {{{"_dmarc.example", "v=DMARC1; p=reject"}}, Yes},
        {{{"_dmarc.example", "v=DMARC1; p=reject; sp=none; np=none"}}, No},
        {{{"_dmarc.a.example", "v=DMARC1; p=none"}, {"_dmarc.example", "v=DMARC1; p=reject"}}, No},
        {{}, No},
        {{{"_dmarc.a.example", "v=spf1 -all"}}, No},
        {{{"_dmarc.a.example", "fails"}}, Unknown},
        {{{"_dmarc.a.example", "fails"}, {"_dmarc.example", "v=DMARC1; p=none"}}, Unknown},
        {{{"_dmarc.a.example", "v=DMARC1; p=none"}, {"_dmarc.example", "fails"}}, No},
        {{{"_dmarc.a.example", "v=DMARC1; p=reject"}, {"_dmarc.example", "fails"}}, Yes},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i)
        EXPECT_EQ(protection("From: Ann <ann@A.example>\n", cases[i].records), cases[i].want) << i;
    const std::map<std::string, std::string> two{{"_dmarc.a.example", "v=DMARC1; p=none"},
                                                 {"_dmarc.b.example", "v=DMARC1; p=reject"}};
    EXPECT_EQ(protection("From: a@a.example\n", two), No);
    EXPECT_EQ(protection("From: a@a.example, b@b.example\n", two), Yes);
    EXPECT_EQ(protection("From: a@a.example\nFrom: b@b.example\n", two), Yes);
    for (const auto* nobody : {"", "To: b@b.example\n", "From: b\n", "From: b@[192.0.2.1]\n"})
        EXPECT_EQ(protection(nobody, two), No) << nobody;
    for (const auto* unreadable : {"From: <\n", "From: Ann@Work <ann@bank.example>\n", "From: a@a.example\nFrom: <\n",
                                   "From: a@a.example\nFrom\n : b@b.example\n", " From: b@b.example\n"})
        EXPECT_EQ(protection(unreadable, {}), Yes) << unreadable;
    EXPECT_EQ(protection("From: a@b\xc3\xbc"
                         "cher.example\n",
                         {{"_dmarc.xn--bcher-kva.example", "v=DMARC1; p=reject"}}),
              Yes);
    // Hostile: a thousand authors.
    std::string many = "From: x@0.example";
    for (int i = 1; i < 1000; ++i) many += ",\n x@" + std::to_string(i) + ".example";
    int asked = 0;
    EXPECT_EQ(protection(many + "\n", {}, &asked), Yes);
    EXPECT_EQ(asked, 0);
}

}  // namespace
}  // namespace lists
