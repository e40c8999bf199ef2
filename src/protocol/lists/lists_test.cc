#include <gmock/gmock.h>

#include "lists/address.h"
#include "lists/command.h"
#include "lists/letters.h"
#include "lists/posting.h"
#include "lists/report.h"
#include "lists/token.h"
#include "mime/automatic.h"
#include "mime/header.h"

namespace lists {
namespace {

using testing::HasSubstr;
using testing::Not;
using What = Verdict::What;

// RFC 2142 §6
TEST(ListAddress, TellsVerbsFromLists) {
    struct Case {
        std::string_view local_part;
        std::optional<Address> want;
    };
    const Case cases[] = {
        {"dev-request", Address{"dev", Verb::Request, ""}},
        {"dev-talk-request", Address{"dev-talk", Verb::Request, ""}},
        {"dev-owner", Address{"dev", Verb::Owner, ""}},
        {"dev-subscribe", Address{"dev", Verb::Subscribe, ""}},
        {"dev-unsubscribe", Address{"dev", Verb::Unsubscribe, ""}},
        {"dev-unsubscribe+1.0.x", Address{"dev", Verb::Unsubscribe, "1.0.x"}},
        {"dev-bounces", Address{"dev", Verb::Bounces, ""}},
        {"dev-bounces+ann+x=a.example", Address{"dev", Verb::Bounces, "ann+x=a.example"}},
        {"dev-confirm+1.2.3", Address{"dev", Verb::Confirm, "1.2.3"}},
        {"dev-accept+a-b", Address{"dev", Verb::Accept, "a-b"}},
        {"dev", std::nullopt},
        {"dev-", std::nullopt},
        {"-request", std::nullopt},
        {"dev-talk", std::nullopt},
        {"dev+x", std::nullopt},
        {"dev-confirm", std::nullopt},
        {"dev-confirm+", std::nullopt},
        {"dev-bounces+", std::nullopt},
        {"dev-request+x", std::nullopt},
        {"dev-owner+", std::nullopt},
        {"dev+x-request", std::nullopt},
    };
    for (const auto& [local_part, want] : cases) {
        SCOPED_TRACE(local_part);
        EXPECT_EQ(parse_address(local_part), want);
        if (want) EXPECT_EQ(to_text(*want), local_part);
    }
}

TEST(ListAddress, HasNamesThatAreNobodyElses) {
    for (const auto* good : {"dev", "a", "dev-talk", "list.2026", "x_y"}) EXPECT_TRUE(is_list_name(good)) << good;
    for (const auto* bad : {"", "Dev", "dev-request", "dev-owner", "-dev", "dev-", "a..b", "a b", "postmaster", "a+b",
                            "../x", "dev-confirm", "abcdefghijklmnopqrstuvwxy", "d\xc3\xa9v"})
        EXPECT_FALSE(is_list_name(bad)) << bad;
}

// RFC 5321 §4.5.3.1.1: within 64 octets
TEST(ListAddress, SaysWhoseMailCameBack) {
    struct Case {
        std::string_view member, want;
        Member read;
    };
    const Case cases[] = {
        {"Ann@A.example", "ann=a.example", std::string("ann@a.example")},
        {"ann+x=y@a.example", "ann+x=y=a.example", std::string("ann+x=y@a.example")},
        {"\"ann b\"@a.example", "=7", std::int64_t{7}},
        {"ann@[192.0.2.1]", "=7", std::int64_t{7}},
        {"a-name-that-is-rather-long-as-names-go@in-a-domain-likewise.example", "=7", std::int64_t{7}},
    };
    for (const auto& [member, want, read] : cases) {
        SCOPED_TRACE(member);
        EXPECT_EQ(to_verp(member, 7, "dev"), want);
        EXPECT_EQ(parse_verp(want), read);
    }
    for (const auto* bad : {"", "ann", "=", "=0", "=-1", "=x", "=7x", "=99999999999999999999", "ann=", "=a.example",
                            "an n=a.example", "ann=a..example"})
        EXPECT_EQ(parse_verp(bad), std::nullopt) << bad;
}

TEST(ListToken, IsGenuineForOnePurposeAndOneAddress) {
    const auto token = make_token("secret", Purpose::Confirm, 17, 20'800, "ann@a.example");
    const auto text = to_text(token);
    EXPECT_LE(text.size(), longest_token);
    EXPECT_EQ(parse_token(text), token);
    EXPECT_TRUE(is_genuine("secret", Purpose::Confirm, token, "Ann@A.example"));
    EXPECT_FALSE(is_genuine("secret", Purpose::Unsubscribe, token, "ann@a.example"));
    EXPECT_FALSE(is_genuine("secret", Purpose::Confirm, token, "bob@a.example"));
    EXPECT_FALSE(is_genuine("other", Purpose::Confirm, token, "ann@a.example"));
    for (auto changed : {Token{18, 20'800, token.proof}, Token{17, 20'801, token.proof}, Token{17, 0, token.proof},
                         Token{17, 20'800, token.proof ^ 1}})
        EXPECT_FALSE(is_genuine("secret", Purpose::Confirm, changed, "ann@a.example"));
}

TEST(ListToken, EndsWithItsDay) {
    const auto token = make_token("secret", Purpose::Confirm, 17, 100, "a@b");
    EXPECT_FALSE(is_over(token, 100 * 86'400 + 86'399));
    EXPECT_TRUE(is_over(token, 101 * 86'400));
    EXPECT_FALSE(is_over(make_token("secret", Purpose::Unsubscribe, 17, 0, "a@b"), std::int64_t{1'000'000} * 86'400));
}

TEST(ListToken, IsNothingElse) {
    for (const auto* bad : {"", ".", "..", "1.2", "1..3", "1.2.", "01.2.3", "1.2.3.4", "u.2.3", "zzzzzzz.0.0", "1.2.-3",
                            "1.2.zzzzzzzzzzzzzz", "1.2.zzzzzzzzzzzzz"})
        EXPECT_EQ(parse_token(bad), std::nullopt) << bad;
}

TEST(ListCommand, IsTheSubject) {
    struct Case {
        std::string_view subject;
        Command want;
    };
    const Case cases[] = {
        {"subscribe", Command::Subscribe},
        {" Re: RE: Subscribe ", Command::Subscribe},
        {"unsubscribe", Command::Unsubscribe},
        {"leave", Command::Unsubscribe},
        {"help", Command::Help},
        {"", Command::Help},
        {"please subscribe me", Command::Help},
        {"subscribe; rm -rf /", Command::Help},
    };
    for (const auto& [subject, want] : cases) EXPECT_EQ(parse_command(subject), want) << subject;
}

List example() {
    List list;
    list.name = "dev";
    list.domain = "l.example";
    list.description = "Development";
    list.secret = "secret";
    return list;
}

Verdict judged(const List& list, std::string_view header, bool is_member = true,
               std::string_view sender = "ann@a.example") {
    return judge(list,
                 {.header = header, .reverse_path = sender, .size = header.size(), .author_is_member = is_member});
}

TEST(Posting, IsJudgedByTheListsRules) {
    struct Case {
        Posting posting;
        Others others;
        bool is_member;
        What want;
    };
    const Case cases[] = {
        {Posting::Anyone, Others::Reject, false, What::Distribute},
        {Posting::Members, Others::Hold, true, What::Distribute},
        {Posting::Members, Others::Hold, false, What::Hold},
        {Posting::Members, Others::Reject, false, What::Reject},
        {Posting::Nobody, Others::Hold, true, What::Hold},
        {Posting::Nobody, Others::Reject, true, What::Reject},
    };
    for (const auto& [posting, others, is_member, want] : cases) {
        auto list = example();
        list.posting = posting;
        list.others = others;
        EXPECT_EQ(judged(list, "Subject: x\n", is_member).what, want);
    }
    auto small = example();
    small.message_size = 5;
    EXPECT_EQ(judged(small, "Subject: x\n").what, What::Reject);
}

// RFC 3834 §2, RFC 2919 §3
TEST(Posting, NeverGoesRound) {
    for (const auto* header :
         {"List-Id: Development <dev.l.example>\n", "List-ID:\n <DEV.L.EXAMPLE>\n", "Delivered-To: dev@l.example\n",
          "X-Loop: dev@l.example\n", "Auto-Submitted: auto-replied\n"})
        EXPECT_EQ(judged(example(), header).what, What::Discard) << header;
    EXPECT_EQ(judged(example(), "Subject: x\n", true, "").what, What::Discard);
    for (const auto* header : {"List-Id: <other.l.example>\n", "Auto-Submitted: no\n",
                               "Auto-Submitted: auto-generated\n", "Delivered-To: other@l.example\n"})
        EXPECT_EQ(judged(example(), header).what, What::Distribute) << header;
}

// RFC 2369 §3, RFC 2919 §3
TEST(Posting, CarriesTheListsFields) {
    EXPECT_EQ(fields_on_top(example(), "1.0.x"),
              "List-Id: Development <dev.l.example>\r\nList-Help: <mailto:dev-request@l.example?subject=help>\r\n"
              "List-Subscribe: <mailto:dev-subscribe@l.example>\r\n"
              "List-Unsubscribe: <mailto:dev-unsubscribe+1.0.x@l.example>\r\nList-Post: <mailto:dev@l.example>\r\n"
              "List-Owner: <mailto:dev-owner@l.example>\r\nPrecedence: list\r\n");
    auto announced = example();
    announced.posting = Posting::Nobody;
    announced.others = Others::Reject;
    EXPECT_THAT(fields_on_top(announced, "x"), HasSubstr("List-Post: NO\r\n"));
}

// RFC 8058 §3.1: only where there is something to POST to
TEST(Posting, OffersOneClickWhereThereIsAUrl) {
    EXPECT_THAT(fields_on_top(example(), "x"), Not(HasSubstr("List-Unsubscribe-Post")));
    auto list = example();
    list.unsubscribe_url = "https://l.example/u?t={token}";
    EXPECT_THAT(
        fields_on_top(list, "1.0.x"),
        HasSubstr("List-Unsubscribe: <https://l.example/u?t=1.0.x>,\r\n <mailto:dev-unsubscribe+1.0.x@l.example>\r\n"
                  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
}

// RFC 2369 §4: the fields of another list do not pass; what an author may have signed does.
TEST(Posting, KeepsWhatItsAuthorWrote) {
    const std::string kept = "DKIM-Signature: v=1; h=from:subject;\n\tb=x\nFrom: a@b\nSubject:  spaced   out \n";
    const std::string body = "\nList-Id: in the body\n  two\n";
    EXPECT_EQ(passed_on("Return-Path: <x@y>\nList-Id: <other>\nPrecedence: bulk\n" + kept +
                        "List-Unsubscribe:\n <a>,\n <b>\n" + body),
              kept + body);
}

TEST(Letters, AreNeverAnswered) {
    const Occasion occasion{
        .to = "ann@a.example", .date = {0, 0}, .message_id = "1@l.example", .original = "Message-ID: <5@a>\n"};
    for (const auto& letter :
         {confirmation_request(example(), occasion, Wish::Subscribe, "1.2.3"), welcome(example(), occasion, "1.0.x"),
          goodbye(example(), occasion), help(example(), occasion), not_a_member(example(), occasion),
          subscription_closed(example(), occasion), rejected(example(), occasion), warning(example(), occasion, 3),
          probe(example(), occasion, 4), dropped(example(), occasion, "bob@b.example"),
          moderation_request(example(), occasion, "Subject: x\n\nhi\n", "of that", "1.2.3", "==b==")}) {
        const auto header = letter.substr(0, mime::divide(letter).header);
        EXPECT_FALSE(mime::may_answer(header, "ann@a.example")) << letter;
        EXPECT_THAT(header, HasSubstr("From: Development <dev-request@l.example>\r\nTo: ann@a.example\r\n"));
    }
}

TEST(Letters, AskForConfirmationWithAToken) {
    const Occasion occasion{.to = "ann@a.example", .date = {0, 0}, .message_id = "1@l.example"};
    const auto letter = confirmation_request(example(), occasion, Wish::Subscribe, "1.2.3");
    EXPECT_THAT(letter, HasSubstr("Reply-To: dev-confirm+1.2.3@l.example\r\n"));
    EXPECT_THAT(letter, HasSubstr("\r\n    dev-confirm+1.2.3@l.example\r\n"));
}

TEST(Letters, ShowModeratorsTheMessage) {
    const Occasion occasion{.to = "mod@a.example", .date = {0, 0}, .message_id = "1@l.example"};
    const auto letter = moderation_request(example(), occasion, "Subject: x\nFrom: e@e\n\nhi\n",
                                           "its author is not a member", "1.2.3", "==b==");
    EXPECT_THAT(letter, HasSubstr("Subject: Held for dev@l.example: x\r\n"));
    EXPECT_THAT(letter, HasSubstr("dev-accept+1.2.3@l.example"));
    EXPECT_THAT(letter, HasSubstr("dev-reject+1.2.3@l.example"));
    EXPECT_THAT(letter, HasSubstr("\r\nContent-Type: message/rfc822\r\n"));
    EXPECT_THAT(letter, HasSubstr("\r\n\r\nSubject: x\nFrom: e@e\n\nhi\n\r\n--==b==--\r\n"));
}

// RFC 3464 §2.3.3
TEST(Report, TellsFailuresFromAllElseThatComesBack) {
    const auto dsn = [](std::string_view action, std::string_view status) {
        return "Content-Type: multipart/report; report-type=delivery-status;\n boundary=\"b\"\n\n--b\nContent-Type: "
               "text/plain\n\nsorry\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
               "Final-Recipient: rfc822; ann@a.example\nAction: " +
               std::string(action) + "\nStatus: " + std::string(status) + "\n\n--b--\n";
    };
    EXPECT_TRUE(is_failure(dsn("failed", "5.1.1")));
    EXPECT_FALSE(is_failure(dsn("delayed", "4.4.1")));
    EXPECT_FALSE(is_failure(dsn("delivered", "2.0.0")));
    std::string borders = "Content-Type: multipart/report\r\n\r\n";  // in time that does not grow with its square
    while (borders.size() < 1024 * 1024) borders += "--\r\n";
    EXPECT_FALSE(is_failure(borders));
    EXPECT_TRUE(is_failure("Subject: failure notice\n\nHi. This is the qmail-send program at a.example.\n"));
    EXPECT_FALSE(is_failure("Auto-Submitted: auto-replied\nSubject: away\n\nI am away.\n"));
    EXPECT_FALSE(is_failure("Content-Type: multipart/report\n\n--b\n"));
    EXPECT_FALSE(is_failure(""));
}

}  // namespace
}  // namespace lists
