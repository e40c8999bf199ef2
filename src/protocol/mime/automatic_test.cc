#include "mime/automatic.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using mime::NoAnswer;

const std::vector<std::string> ann = {"ann@example.org", "ann@example.net"};

struct Case {
    std::string_view sender;
    std::string_view header;
    std::optional<NoAnswer> want;
};

void expect(std::span<const Case> cases) {
    for (const auto& [sender, header, want] : cases) {
        const auto got = mime::why_no_answer(header, sender);
        EXPECT_EQ(got, want) << sender << ": " << header << ": " << (got ? mime::describe(*got) : "may be answered");
    }
}

}  // namespace

// RFC 3834 §2: not to the null sender, nor to addresses that are those of programs by their names.
TEST(MimeAutomatic, LooksAtTheSender) {
    const Case cases[] = {
        {"bob@example.net", "To: ann@example.org\r\n\r\n", {}},
        {"", "To: ann@example.org\r\n\r\n", NoAnswer::NullSender},
        {"#@[]", "To: ann@example.org\r\n\r\n", NoAnswer::NullSender},
        {"MAILER-DAEMON@example.net", "", NoAnswer::ServiceSender},
        {"mailer-daemon", "", NoAnswer::ServiceSender},
        {"owner-list@example.net", "", NoAnswer::ServiceSender},
        {"Owner-list@example.net", "", NoAnswer::ServiceSender},
        {"list-owner@example.net", "", NoAnswer::ServiceSender},
        {"list-owner-ann=example.org@example.net", "", NoAnswer::ServiceSender},
        {"list-bounces+ann=example.org@example.net", "", NoAnswer::ServiceSender},
        {"list-return-12-ann=example.org@example.net", "", NoAnswer::ServiceSender},
        {"list-request@example.net", "", NoAnswer::ServiceSender},
        {"majordomo@example.net", "", NoAnswer::ServiceSender},
        {"no-reply@example.net", "", NoAnswer::ServiceSender},
        {"owner@example.net", "", {}},
        {"request@example.net", "", {}},
        {"downer-x@example.net", "", {}},
        {"bob@owner-list.example.net", "", {}},
    };
    expect(cases);
}

// RFC 3834 §2, §5: Auto-Submitted other than "no"; RFC 5230 §4.6, RFC 2919 §3, RFC 2369 §3: the fields of lists.
TEST(MimeAutomatic, LooksAtTheHeader) {
    const Case cases[] = {
        {"b@c.d", "Auto-Submitted: auto-replied\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "AUTO-SUBMITTED:auto-generated\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Auto-Submitted: auto-notified; owner-email=\"x\"\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Auto-Submitted: x-new-word\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Auto-Submitted:\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Auto-Submitted: (no\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Auto-Submitted: no\r\n", {}},
        {"b@c.d", "Auto-Submitted:\r\n (a (nested\\) one) ) No ; x=y\r\n", {}},
        {"b@c.d", "X-Autoreply: yes\r\n", NoAnswer::AutoSubmitted},
        {"b@c.d", "Precedence: bulk\r\n", NoAnswer::Precedence},
        {"b@c.d", "precedence: List\r\n", NoAnswer::Precedence},
        {"b@c.d", "Precedence: junk (it is)\r\n", NoAnswer::Precedence},
        {"b@c.d", "Precedence: first-class\r\n", {}},
        {"b@c.d", "List-Id: <l.example.net>\r\n", NoAnswer::MailingList},
        {"b@c.d", "List-Post: NO\r\n", NoAnswer::MailingList},
        {"b@c.d", "List-Unsubscribe: <mailto:x@y.z>\r\n", NoAnswer::MailingList},
        {"b@c.d", "List-Help: <mailto:x@y.z>\r\n", NoAnswer::MailingList},
        {"b@c.d", "Mailing-List: contact x@y.z; run by ezmlm\r\n", NoAnswer::MailingList},
        {"b@c.d", "List-Of-Things: a, b\r\n", {}},
        {"b@c.d", "Content-Type: Multipart/Report; report-type=delivery-status\r\n", NoAnswer::Report},
        {"b@c.d", "Content-Type: multipart/mixed; x=\"multipart/report\"\r\n", {}},
        {"b@c.d", "X-Auto-Response-Suppress: OOF, AutoReply\r\n", NoAnswer::Suppressed},
        {"b@c.d", "X-Auto-Response-Suppress: None\r\n", {}},
        {"b@c.d", "X-Loop: ann@example.org\r\n", NoAnswer::LoopMark},
        // What stands in the body, or in another field, is no mark.
        {"b@c.d", "Subject: x\r\n\r\nAuto-Submitted: auto-replied\r\n", {}},
        {"b@c.d", "Subject: x\r\n Auto-Submitted: auto-replied\r\n", {}},
    };
    expect(cases);
}

// RFC 3834 §2, RFC 5230 §4.5: in a person's name, only what is addressed to that person, and by somebody else.
TEST(MimeAutomatic, AnswersForAPersonOnlyWhatIsAddressedToThatPerson) {
    const Case cases[] = {
        {"b@c.d", "To: Ann <ANN@example.org>\r\n", {}},
        {"b@c.d", "To: x@y.z\r\nCc: x: a@b.c, ann@example.net;\r\n", {}},
        {"b@c.d", "Bcc: ann@example.org\r\n", {}},
        {"b@c.d", "To: x@y.z\r\nResent-To: ann@example.org\r\n", {}},
        {"b@c.d", "To: \"ann@example.org\" <x@y.z>\r\n", NoAnswer::NotAddressed},
        {"b@c.d", "To: undisclosed-recipients:;\r\n", NoAnswer::NotAddressed},
        {"b@c.d", "To: joann@example.org\r\n", NoAnswer::NotAddressed},
        {"b@c.d", "Subject: ann@example.org\r\n", NoAnswer::NotAddressed},
        {"b@c.d", "", NoAnswer::NotAddressed},
        {"Ann@example.net", "To: ann@example.org\r\n", NoAnswer::OwnSender},
        {"", "To: ann@example.org\r\n", NoAnswer::NullSender},
        {"b@c.d", "To: ann@example.org\r\nList-Id: <x.y>\r\n", NoAnswer::MailingList},
    };
    for (const auto& [sender, header, want] : cases)
        EXPECT_EQ(mime::why_no_personal_answer(header, sender, ann), want) << sender << ": " << header;
}
