#include "reflection/letter.h"

#include <gmock/gmock.h>

#include "mime/automatic.h"
#include "mime/header.h"

namespace reflection {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Seen {
    spf::Request request{.client = ip::v4(0xc0000201), .helo = "h.example", .mail_from = "a@d.example"};
    spf::Report spf;
    std::vector<dkim::Verdict> dkim;
    arc::Report arc;
    dmarc::Report dmarc;
    Connection connection{.client = ip::v4(0xc0000201),
                          .port = 4711,
                          .client_name = "h.example",
                          .helo = "h.example",
                          .tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
                          .reverse_path = "a@d.example"};
    std::string text() const {
        return report("mx.example.org", connection, {request, spf, dkim, arc, dmarc, "mx.example.org; none"},
                      "accepted");
    }
};

TEST(Reflection, SaysWhatWasSeen) {
    Seen seen;
    seen.spf = {.result = spf::Result::Fail, .domain = "d.example", .mechanism = "-all"};
    seen.spf.steps = {{.domain = "d.example", .term = "v=spf1 -all"},
                      {.domain = "d.example", .term = "-all", .finding = "matches: fail"}};
    seen.dkim.resize(1);
    seen.dkim[0].result = dkim::Result::Fail;
    seen.dkim[0].domain = "d.example";
    seen.dkim[0].reason = "the signature is not good";
    seen.dkim[0].canonical_header = "from:a@d.example\r\nsubject:x";
    seen.dmarc.walk = {{"_dmarc.d.example", "nothing"}};
    const auto text = seen.text();
    for (const auto* part :
         {"What mx.example.org saw", "address: 192.0.2.1, port 4711\nreverse name: h.example\nHELO: h.example\n",
          "encryption: TLSv1.3 TLS_AES_256_GCM_SHA384\nenvelope sender: <a@d.example>\n",
          "  d.example: v=spf1 -all\n    -all  matches: fail\nresult: fail\n",
          "  what was hashed:\n    from:a@d.example\n    subject:x\n", "  _dmarc.d.example: nothing\nresult: none",
          "Authentication-Results: mx.example.org; none\n", "Spam score: none yet\nSuch a message is accepted\n"})
        EXPECT_THAT(text, HasSubstr(part));
    seen.connection.tls = seen.connection.client_name = "";
    EXPECT_THAT(seen.text(), HasSubstr("reverse name: none that leads back to the address\n"));
    EXPECT_THAT(seen.text(), HasSubstr("encryption: none\n"));
}

// Hostile: what a client says is text, and there is an end to it.
TEST(Reflection, IsTextAndEnds) {
    Seen seen;
    seen.connection.helo = "x\r\nBcc: victim@v.example\x1b]0;";
    EXPECT_THAT(seen.text(), HasSubstr("HELO: x\\r\\nBcc: victim@v.example\\x1b]0;"));
    seen.dkim.resize(1);
    for (int i = 0; i < 100'000; ++i) seen.dkim[0].canonical_header += "field:xxxxxxxx\r\n";
    EXPECT_LE(seen.text().size(), longest_report + 100);
}

Answer answer_to(std::string_view original) {
    return {.from = {"", "check@example.org"},
            .to = "a@d.example",
            .date = {},
            .unique = "0123abc",
            .host = "mx.example.org",
            .report = "what we saw\n",
            .original = original};
}

// RFC 3834 §3.1, §5: it is known as a program's, and by whoever answers.
TEST(Reflection, IsAnAnswerOfAProgram) {
    const auto text = to_text(answer_to("Message-ID: <1@d.example>\r\nSubject: hello\r\n\r\nbody\r\n"));
    const auto header = std::string_view(text).substr(0, mime::divide(text).header);
    EXPECT_TRUE(mime::why_no_answer(header, "check@example.org") == mime::NoAnswer::AutoSubmitted);
    EXPECT_THAT(text, HasSubstr("In-Reply-To: <1@d.example>\r\nReferences: <1@d.example>\r\n"));
    EXPECT_THAT(text,
                HasSubstr("\r\n--=_0123abc\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@d.example>\r\n"));
    EXPECT_THAT(text, testing::EndsWith("body\r\n\r\n--=_0123abc--\r\n"));
    EXPECT_THAT(text, Not(HasSubstr("8bit")));
}

TEST(Reflection, HeadersAloneAndEightBits) {
    auto answer = answer_to("Subject: gr\xc3\xbc\xc3\x9f\r\n");
    answer.is_whole = false;
    answer.report = "gr\xc3\xbc\xc3\x9f\n";
    const auto text = to_text(answer);
    EXPECT_TRUE(is_8bit(answer));
    EXPECT_THAT(text, HasSubstr("Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject"));
    EXPECT_THAT(text, HasSubstr("charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BC"));
}

// Hostile: a Message-ID that would be a field of its own.
TEST(Reflection, TakesNoFieldFromTheOriginal) {
    const auto text = to_text(answer_to("Message-ID: <x>\r\n y\r\nBcc: victim@v.example\r\nSubject: a\r\n\r\n"));
    const auto header = std::string_view(text).substr(0, mime::divide(text).header);
    EXPECT_EQ(mime::count_fields(header, "Bcc"), 0u);
    EXPECT_EQ(mime::count_fields(header, "In-Reply-To"), 0u);
}

}  // namespace
}  // namespace reflection
