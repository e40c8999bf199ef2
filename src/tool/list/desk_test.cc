#include "list/desk.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "mime/automatic.h"
#include "mime/header.h"

namespace list {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t day = 86'400;

/// The list dev@l.example, and what it sends.
class DeskTest : public testing::Test {
protected:
    struct Sent {
        std::string from, to, text;
        bool is_lists = false;
    };

    DeskTest() {
        database_ = std::move(
            *listbook::Database::open(":memory:", accounts::Connection::Missing::IsCreated, std::chrono::seconds(1)));
        lists::List list;
        list.name = "dev";
        list.domain = "l.example";
        list.secret = "secret";
        id_ = database_->add(list, now_).value();
        EXPECT_TRUE(database_->add_person(id_, listbook::Role::Owner, "owner@o.example").value());
    }

    Outcome take(std::string_view local_part, std::string_view sender, std::string_view message) {
        Desk desk(*database_, {.now = now_,
                               .hostname = "mx.l.example",
                               .random = [this] { return std::to_string(++random_); },
                               .send = [this](const Departure& departure) -> std::expected<void, std::string> {
                                   if (sends_left_ == 0) return std::unexpected("the disk is full");
                                   --sends_left_;
                                   for (const auto& to : departure.recipients)
                                       sent_.push_back({departure.reverse_path, to,
                                                        std::string(departure.text_before).append(departure.text),
                                                        departure.is_lists});
                                   return {};
                               },
                               .lock =
                                   [this](std::int64_t) {
                                       if (const auto first = std::exchange(comes_first_, {})) first();
                                       return file::Descriptor();
                                   },
                               .ask = [this](const dns::Question& question) { return answer_to(question); }});
        return desk.take(std::string(local_part) + "@l.example", sender, message);
    }
    void add(std::initializer_list<std::string_view> addresses) {
        for (const auto address : addresses) EXPECT_TRUE(database_->add_member(id_, address, now_).value());
    }
    void set(lists::Posting posting, lists::Others others) {
        auto entry = database_->find("dev", "l.example").value();
        entry->list.posting = posting;
        entry->list.others = others;
        EXPECT_TRUE(database_->change(*entry));
    }
    void set(std::string prefix, std::string footer, lists::RewriteFrom rewrite_from) {
        auto entry = database_->find("dev", "l.example").value();
        entry->list.subject_prefix = std::move(prefix);
        entry->list.footer = std::move(footer);
        entry->list.rewrite_from = rewrite_from;
        EXPECT_TRUE(database_->change(*entry));
    }
    dns::Answer answer_to(const dns::Question& question) {
        ++asked_;
        if (policy_.empty()) return dns::failed("time-out");
        dns::Answer answer{.outcome = dns::Outcome::Insecure,
                           .existence = dns::Existence::NoName,
                           .records = {},
                           .canonical_name = question.name,
                           .reason = {}};
        if (to_text(question.name) != "_dmarc.a.example") return answer;
        answer.existence = dns::Existence::Found;
        answer.records.push_back({question.name, dns::Type::Txt, 60, dns::Txt{{"v=DMARC1; p=" + policy_}}});
        return answer;
    }
    bool is_member(std::string_view address) { return database_->member(id_, address).value().has_value(); }
    std::vector<Sent> taken() { return std::exchange(sent_, {}); }
    /// The address with that verb in a letter.
    static std::string address_in(const std::string& letter, std::string_view verb) {
        const auto at = letter.find("dev-" + std::string(verb) + "+");
        EXPECT_NE(at, std::string::npos) << letter;
        return letter.substr(at, letter.find('@', at) - at);
    }
    static std::string bounce_of(std::string_view member) {
        return "From: MAILER-DAEMON@b.example\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: "
               "message/delivery-status\n\nReporting-MTA: dns; b.example\n\nFinal-Recipient: rfc822; " +
               std::string(member) + "\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
    }

    std::unique_ptr<listbook::Database> database_;
    std::int64_t id_ = 0;
    std::int64_t now_ = 20'000 * day;
    std::vector<Sent> sent_;
    std::size_t sends_left_ = 1'000'000;
    int random_ = 0;
    int asked_ = 0;                      // questions to the DNS
    std::string policy_ = "none";        // of a.example; empty: the DNS does not answer
    std::function<void()> comes_first_;  // another process, before we have the lock
};

constexpr std::string_view hello =
    "Received: by mx.l.example id 1\nFrom: Ann <ann@a.example>\nTo: dev@l.example\nSubject: hello\n\nhello\n";

// RFC 2369, RFC 2919; VERP
TEST_F(DeskTest, SendsAPostingToEachMemberFromAnAddressOfItsOwn) {
    add({"ann@a.example", "bob@b.example"});
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    const auto sent = taken();
    ASSERT_THAT(sent, SizeIs(2));
    EXPECT_EQ(sent[0].from, "dev-bounces+ann=a.example@l.example");
    EXPECT_EQ(sent[1].from, "dev-bounces+bob=b.example@l.example");
    EXPECT_EQ(sent[1].to, "bob@b.example");
    EXPECT_THAT(sent[1].text, HasSubstr("List-Id: <dev.l.example>\r\n"));
    EXPECT_THAT(sent[1].text, HasSubstr("Delivered-To: dev@l.example\r\nReceived: by mx.l.example id 1\nFrom: Ann"));
    EXPECT_THAT(sent[1].text, testing::EndsWith("\n\nhello\n"));
    EXPECT_FALSE(mime::may_answer(sent[1].text, sent[1].from)) << "no vacation notice reaches the list";
}

// As when it is sent to dev@ and dev+1@.
TEST_F(DeskTest, SendsAPostingOnceHoweverManyHaveItAtOnce) {
    add({"ann@a.example", "bob@b.example"});
    comes_first_ = [this] { EXPECT_EQ(take("dev+1", "ann@a.example", hello), Outcome()); };
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    EXPECT_THAT(taken(), SizeIs(2));
}

TEST_F(DeskTest, SendsAPostingOnceHoweverOftenItsDeliveryIsTried) {
    std::vector<std::string> names;
    for (int i = 0; i < 450; ++i) names.push_back(std::to_string(i) + "@a.example");
    for (const auto& name : names) add({name});
    std::mt19937 random(1);
    Outcome outcome;
    for (int tries = 0; tries < 100; ++tries) {
        sends_left_ = random() % 40;
        outcome = take("dev", "0@a.example", hello);
        if (tries == 3) EXPECT_TRUE(database_->add_member(id_, "late@a.example", now_).value());
        if (outcome.status == 0) break;
        EXPECT_EQ(outcome.status, 111);
    }
    EXPECT_EQ(outcome, Outcome());
    std::multiset<std::string> reached;
    for (const auto& sent : taken()) reached.insert(sent.to);
    EXPECT_EQ(reached, std::multiset<std::string>(names.begin(), names.end()));
    sends_left_ = 1000;
    EXPECT_EQ(take("dev", "0@a.example", hello), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "the queue may try again what was done";
}

// RFC 3834 §2
TEST_F(DeskTest, SendsNothingInCircles) {
    add({"ann@a.example", "other@l.example"});
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    auto copy = taken().back();
    EXPECT_EQ(take("dev", "ann@a.example", copy.text), Outcome()) << "another list sends it back";
    EXPECT_EQ(take("dev", "", hello), Outcome()) << "a notice";
    EXPECT_EQ(take("dev", "#@[]", hello), Outcome());
    EXPECT_EQ(take("dev", "ann@a.example", "Auto-Submitted: auto-replied\n" + std::string(hello)), Outcome());
    EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(DeskTest, ChangesNothingOfItsOwnAccord) {
    add({"bob@b.example"});
    policy_ = "reject";
    EXPECT_EQ(take("dev", "bob@b.example", hello), Outcome());
    const auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(sent[0].text, HasSubstr("\r\nDelivered-To: dev@l.example\r\n" + std::string(hello)));
    EXPECT_FALSE(sent[0].is_lists);
    EXPECT_EQ(asked_, 0) << "nobody is asked whose answer would change nothing";
}

// RFC 9989 §4.7, RFC 7960 §4.1.3.3
TEST_F(DeskTest, IsTheAuthorWhereItChangedWhatIsProtected) {
    add({"ann@a.example"});
    set("[dev]", "the list\n", lists::RewriteFrom::WhenNeeded);
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(sent[0].text,
                HasSubstr("From: Ann <ann@a.example>\nTo: dev@l.example\nSubject: [dev] hello\n\nhello\n\nthe list\n"));
    EXPECT_FALSE(sent[0].is_lists);

    policy_ = "reject";
    set(lists::Posting::Members, lists::Others::Reject);
    EXPECT_EQ(take("dev", "bounces@a.example", std::string(hello) + "2"), Outcome()) << "a member by his own From";
    sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(sent[0].text, HasSubstr("From: Ann via dev <dev@l.example>\r\nReply-To: Ann "
                                        "<ann@a.example>\r\nX-Original-From: Ann <ann@a.example>\r\n"));
    EXPECT_TRUE(sent[0].is_lists);
    EXPECT_EQ(take("dev", "ann@a.example", sent[0].text), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "a loop is one all the same";

    set("[dev]", "", lists::RewriteFrom::WhenNeeded);
    EXPECT_EQ(take("dev", "ann@a.example", "From: ann@a.example\nSubject: Re: [dev] hello\n\nhi\n"), Outcome());
    sent = taken();
    EXPECT_FALSE(sent.at(0).is_lists) << "an answer is not changed, and has its signature";
    EXPECT_THAT(sent.at(0).text, HasSubstr("From: ann@a.example\nSubject: Re: [dev] hello\n\nhi\n"));
}

// RFC 2369 §4 has fields removed, and RFC 6376 §5.4.1 has them signed.
TEST_F(DeskTest, IsTheAuthorWhereItsFieldsBreakASignature) {
    add({"ann@a.example"});
    policy_ = "reject";
    const auto message_with = [](std::string_view names) {
        return "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=x; bh=" + std::string(43, 'A') +
               "=; h=" + std::string(names) + "; b=AA==\nList-Unsubscribe: <https://a.example>\n" + std::string(hello);
    };
    EXPECT_EQ(take("dev", "ann@a.example", message_with("From:Subject")), Outcome());
    EXPECT_FALSE(taken().at(0).is_lists);
    EXPECT_EQ(take("dev", "ann@a.example", message_with("From : Subject : list-unsubscribe")), Outcome());
    const auto sent = taken().at(0);
    EXPECT_TRUE(sent.is_lists);
    EXPECT_THAT(sent.text, HasSubstr("From: Ann via dev <dev@l.example>\r\n"));
}

// Hostile: the list's signature on what others may read as another author.
TEST_F(DeskTest, IsTheOnlyAuthorOfWhatIsItsOwn) {
    add({"ann@a.example"});
    policy_ = "none";
    set("[dev]", "", lists::RewriteFrom::WhenNeeded);
    EXPECT_EQ(take("dev", "ann@a.example", "From\r\n : ceo@l.example\r\n" + std::string(hello)), Outcome());
    const auto sent = taken().at(0);
    EXPECT_TRUE(sent.is_lists);
    EXPECT_THAT(sent.text, Not(HasSubstr("ceo@l.example")));
}

TEST_F(DeskTest, IsTheAuthorAlwaysOrNeverIfToldSo) {
    add({"ann@a.example"});
    policy_ = "";
    set("[dev]", "", lists::RewriteFrom::Never);
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    EXPECT_FALSE(taken().at(0).is_lists);
    set("", "", lists::RewriteFrom::Always);
    EXPECT_EQ(take("dev", "ann@a.example", std::string(hello) + "2"), Outcome());
    EXPECT_TRUE(taken().at(0).is_lists);
    EXPECT_EQ(asked_, 0);
}

TEST_F(DeskTest, WaitsForTheDnsButNotForEver) {
    add({"ann@a.example", "bob@b.example"});
    set("[dev]", "", lists::RewriteFrom::WhenNeeded);
    policy_ = "";
    auto outcome = take("dev", "ann@a.example", hello);
    EXPECT_EQ(outcome.status, 111);
    EXPECT_THAT(outcome.text, HasSubstr("TXT _dmarc.a.example: time-out"));
    EXPECT_EQ(asked_, 1) << "hostile: each further question would hold up those who deliver";
    now_ += 3599;
    EXPECT_EQ(take("dev", "ann@a.example", hello).status, 111);
    EXPECT_THAT(taken(), IsEmpty());
    EXPECT_EQ(asked_, 2);
    now_ += 1;
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    EXPECT_GT(asked_, 3) << "the last chance";
    const auto sent = taken();
    ASSERT_THAT(sent, SizeIs(2));
    EXPECT_TRUE(sent[0].is_lists) << "rather the list's name than mail that is refused";
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    EXPECT_THAT(taken(), IsEmpty());

    EXPECT_EQ(take("dev", "ann@a.example", std::string(hello) + "2").status, 111);
    policy_ = "none";
    EXPECT_EQ(take("dev", "ann@a.example", std::string(hello) + "2"), Outcome());
    EXPECT_FALSE(taken().at(0).is_lists);
}

TEST_F(DeskTest, LetsOnlyMembersWrite) {
    add({"ann@a.example"});
    set(lists::Posting::Members, lists::Others::Reject);
    const auto outcome = take("dev", "eve@e.example", "From: eve@e.example\n\nhi\n");
    EXPECT_EQ(outcome.status, 100);
    EXPECT_THAT(outcome.text, HasSubstr("Only members write to dev@l.example"));
    EXPECT_THAT(taken(), IsEmpty());
    EXPECT_EQ(take("dev", "ann-bounces@a.example", hello), Outcome()) << "by its From";
    EXPECT_THAT(taken(), SizeIs(1));
    EXPECT_EQ(take("nodev", "ann@a.example", hello).status, 100);
}

TEST_F(DeskTest, HoldsMailForAModerator) {
    add({"ann@a.example", "bob@b.example"});
    const std::string spam = "Received: id 7\nFrom: eve@e.example\nSubject: buy\n\nbuy\n";
    EXPECT_EQ(take("dev", "eve@e.example", spam), Outcome());
    auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].to, "owner@o.example");
    EXPECT_TRUE(sent[0].is_lists) << "a letter of its own";
    EXPECT_THAT(sent[0].text, HasSubstr("its author is not a member"));
    EXPECT_THAT(sent[0].text, HasSubstr(spam));
    const auto accept = address_in(sent[0].text, "accept");
    EXPECT_EQ(take("dev", "eve@e.example", spam), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "it was told";

    EXPECT_EQ(take(accept, "", "Subject: away\n\n"), Outcome());
    EXPECT_EQ(take(accept, "owner@o.example", "Auto-Submitted: auto-replied\n\n"), Outcome());
    EXPECT_EQ(take(accept.substr(0, accept.size() - 1) + "0", "owner@o.example", "\n"), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "neither a vacation notice nor a wrong proof decides";

    sends_left_ = 1;
    EXPECT_EQ(take(accept, "owner@o.example", "From: owner@o.example\n\n").status, 111);
    sends_left_ = 10;
    EXPECT_EQ(take(accept, "owner@o.example", "From: owner@o.example\n\n"), Outcome());
    sent = taken();
    ASSERT_THAT(sent, SizeIs(2));
    EXPECT_EQ(sent[0].to, "ann@a.example");
    EXPECT_EQ(sent[1].to, "bob@b.example");
    EXPECT_EQ(take(accept, "owner@o.example", "From: owner@o.example\n\n"), Outcome());
    EXPECT_EQ(take("dev-reject" + accept.substr(accept.find('+')), "owner@o.example", "\n"), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "decided is decided";
}

TEST_F(DeskTest, TellsWhoseMailIsRejected) {
    EXPECT_EQ(take("dev", "eve@e.example", "Subject: buy\nFrom: eve@e.example\n\nbuy\n"), Outcome());
    const auto reject = address_in(taken().at(0).text, "reject");
    now_ += 11 * day;
    EXPECT_EQ(take(reject, "owner@o.example", "From: owner@o.example\n\n"), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "too late";
    now_ -= 10 * day;
    EXPECT_EQ(take(reject, "owner@o.example", "From: owner@o.example\n\n"), Outcome());
    const auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].to, "eve@e.example");
    EXPECT_EQ(sent[0].from, "");
    EXPECT_EQ(database_->count_held(id_).value(), 0);
}

TEST_F(DeskTest, MakesMembersOfThoseWhoConfirm) {
    for (const auto* to : {"dev-subscribe", "dev-request"}) {
        EXPECT_EQ(take(to, "ann@a.example", "From: ann@a.example\nSubject: subscribe\n\n"), Outcome());
        EXPECT_FALSE(is_member("ann@a.example"));
    }
    auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1)) << "asked once a day, whoever asks";
    EXPECT_EQ(sent[0].to, "ann@a.example");
    EXPECT_EQ(sent[0].from, "");
    const auto confirm = address_in(sent[0].text, "confirm");
    EXPECT_EQ(take(confirm, "", "Subject: undeliverable\n\n"), Outcome());
    EXPECT_EQ(take(confirm, "ann@a.example", "Auto-Submitted: auto-replied\nSubject: away\n\n"), Outcome());
    EXPECT_EQ(take("dev-confirm+1.2.3", "ann@a.example", "Subject: Re: x\n\n"), Outcome());
    now_ += 6 * day;
    EXPECT_EQ(take(confirm, "ann@a.example", "Subject: Re: x\n\n"), Outcome()) << "too late";
    now_ -= 6 * day;
    EXPECT_FALSE(is_member("ann@a.example"));
}

TEST_F(DeskTest, WelcomesAndLetsGo) {
    EXPECT_EQ(take("dev-subscribe", "bounces@a.example", "From: Ann@A.example\n\n"), Outcome());
    const auto confirm = address_in(taken().at(0).text, "confirm");
    EXPECT_EQ(take(confirm, "ann@a.example", "Subject: Re: Confirm\n\n"), Outcome());
    EXPECT_TRUE(is_member("ann@a.example"));
    const auto welcome = taken();
    ASSERT_THAT(welcome, SizeIs(1));
    EXPECT_EQ(take(confirm, "ann@a.example", "Subject: Re: Confirm\n\n"), Outcome());
    EXPECT_THAT(taken(), IsEmpty());

    // By the address that each of his copies has (RFC 2369 §3.2), whatever program writes there.
    const auto leave = address_in(welcome[0].text, "unsubscribe");
    add({"bob@b.example"});
    EXPECT_EQ(take(leave, "anybody@x.example", "Auto-Submitted: auto-generated\n\n"), Outcome());
    EXPECT_FALSE(is_member("ann@a.example"));
    EXPECT_TRUE(is_member("bob@b.example"));
    EXPECT_THAT(taken(), SizeIs(1));

    EXPECT_EQ(take("dev-unsubscribe", "bob@b.example", "From: bob@b.example\n\n"), Outcome());
    EXPECT_TRUE(is_member("bob@b.example")) << "not before it is confirmed";
    EXPECT_EQ(take(address_in(taken().at(0).text, "confirm"), "bob@b.example", "\n"), Outcome());
    EXPECT_FALSE(is_member("bob@b.example"));
}

TEST_F(DeskTest, AnswersNoPrograms) {
    for (const auto* to : {"dev-request", "dev-subscribe", "dev-unsubscribe"}) {
        EXPECT_EQ(take(to, "", "Subject: help\n\n"), Outcome());
        EXPECT_EQ(take(to, "ann@a.example", "From: ann@a.example\nAuto-Submitted: auto-replied\n\n"), Outcome());
        EXPECT_EQ(take(to, "ann@a.example", "From: ann@a.example\nPrecedence: bulk\n\n"), Outcome());
        EXPECT_EQ(take(to, "dev-request@m.example", "From: dev-request@m.example\n\n"), Outcome());
    }
    EXPECT_THAT(taken(), IsEmpty());
    EXPECT_EQ(take("dev-request", "ann@a.example", "Subject: what?\nMessage-ID: <5@a>\n\n"), Outcome());
    const auto help = taken();
    ASSERT_THAT(help, SizeIs(1));
    EXPECT_EQ(help[0].from, "");
    EXPECT_THAT(help[0].text, HasSubstr("Auto-Submitted: auto-replied\r\n"));
    EXPECT_THAT(help[0].text, HasSubstr("In-Reply-To: <5@a>\r\n"));
}

// Hostile: whoever writes in somebody's name would fill his mailbox with help.
TEST_F(DeskTest, HelpsOnceADay) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(take("dev-request", "ann@a.example", "Subject: help\n\n"), Outcome());
    EXPECT_THAT(taken(), SizeIs(1));
    now_ += day;
    EXPECT_EQ(take("dev-request", "ann@a.example", "Subject: help\n\n"), Outcome());
    EXPECT_THAT(taken(), SizeIs(1));
    sends_left_ = 0;
    EXPECT_EQ(take("dev-request", "bob@b.example", "Subject: help\n\n").status, 111);
    sends_left_ = 1;
    EXPECT_EQ(take("dev-request", "bob@b.example", "Subject: help\n\n"), Outcome());
    EXPECT_THAT(taken(), SizeIs(1)) << "of what could not be sent he has nothing yet";
}

TEST_F(DeskTest, PassesOverExtensions) {
    add({"ann@a.example"});
    EXPECT_EQ(take("dev+news", "ann@a.example", hello), Outcome());
    EXPECT_THAT(taken(), SizeIs(1));
    EXPECT_EQ(take("DEV-request+x", "ann@a.example", "Subject: help\n\n"), Outcome());
    EXPECT_THAT(taken(), SizeIs(1));
}

TEST_F(DeskTest, PassesMailOnToItsOwners) {
    EXPECT_EQ(take("dev-owner", "ann@a.example", "Subject: hi\n\nhi\n"), Outcome());
    const auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].to, "owner@o.example");
    EXPECT_EQ(sent[0].from, "dev-bounces@l.example");
    EXPECT_FALSE(sent[0].is_lists) << "hostile: anybody's words";
    EXPECT_EQ(sent[0].text, "Delivered-To: dev-owner@l.example\r\nSubject: hi\n\nhi\n");
    EXPECT_EQ(take("dev-owner", "ann@a.example", sent[0].text), Outcome());
    EXPECT_EQ(take("dev-bounces", "", bounce_of("owner@o.example")), Outcome());
    EXPECT_THAT(taken(), IsEmpty()) << "what comes back from them ends here";
}

TEST_F(DeskTest, DropsWhoseMailComesBackForWeeks) {
    add({"ann@a.example", "bob@b.example"});
    const std::string bounces = "dev-bounces+bob=b.example";
    for (int i = 0; i < 12; ++i, now_ += day) EXPECT_EQ(take(bounces, "", bounce_of("bob@b.example")), Outcome());
    EXPECT_THAT(taken(), IsEmpty());
    EXPECT_EQ(take(bounces, "", bounce_of("bob@b.example")), Outcome());
    auto sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].to, "bob@b.example");
    const auto warned = sent[0].from.substr(0, sent[0].from.find('@'));
    EXPECT_THAT(warned, testing::StartsWith("dev-warned+"));

    EXPECT_EQ(take(warned, "", bounce_of("bob@b.example")), Outcome());
    now_ += 12 * day;
    EXPECT_EQ(take("dev", "ann@a.example", hello), Outcome());
    sent = taken();
    ASSERT_THAT(sent, SizeIs(3));  // two copies, and the probe
    const auto probe = std::ranges::find_if(sent, [](const Sent& one) { return one.from.starts_with("dev-probed+"); });
    ASSERT_NE(probe, sent.end());
    EXPECT_EQ(probe->to, "bob@b.example");
    const auto probed = probe->from.substr(0, probe->from.find('@'));
    EXPECT_EQ(take(probed, "", bounce_of("bob@b.example")), Outcome());
    EXPECT_FALSE(is_member("bob@b.example"));
    EXPECT_TRUE(is_member("ann@a.example"));
    sent = taken();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].to, "owner@o.example");
}

// Hostile: forged bounces, and what is none.
TEST_F(DeskTest, CountsOnlyFailuresThatComeFromNobody) {
    add({"bob@b.example"});
    for (int i = 0; i < 30; ++i, now_ += day) {
        EXPECT_EQ(take("dev-bounces+bob=b.example", "eve@e.example", bounce_of("bob@b.example")), Outcome());
        EXPECT_EQ(take("dev-bounces+bob=b.example", "", "Auto-Submitted: auto-replied\n\nI am away.\n"), Outcome());
        EXPECT_EQ(take("dev-bounces+eve=e.example", "", bounce_of("bob@b.example")), Outcome());
        EXPECT_EQ(take("dev-bounces+=99", "", bounce_of("bob@b.example")), Outcome());
        EXPECT_EQ(take("dev-warned+1.0.0", "", bounce_of("bob@b.example")), Outcome());
        EXPECT_EQ(take("dev-probed+1.0.0", "", bounce_of("bob@b.example")), Outcome());
    }
    EXPECT_EQ(database_->member(id_, "bob@b.example").value()->health, lists::Health());
    EXPECT_THAT(taken(), IsEmpty());
}

}  // namespace
}  // namespace list
