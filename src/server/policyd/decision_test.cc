#include "policyd/decision.h"

#include <gtest/gtest.h>

namespace policyd {
namespace {

using site::DmarcBehavior;

struct Deciding : testing::Test {
    Deciding() {
        settings.dmarc.behavior = DmarcBehavior::Reject;
        findings.author.domain = "bank.test";
        findings.author.mailboxes = {{.display_name = "", .addr_spec = "ann@bank.test"}};
        fails(dmarc::Policy::Reject);
    }
    void fails(dmarc::Policy policy) {
        findings.dmarc = {.result = dmarc::Result::Fail, .policy = policy, .disposition = policy};
    }
    void signs(std::string domain) {
        findings.dkim.push_back({.result = dkim::Result::Pass, .reason = "", .domain = std::move(domain)});
    }
    void seals(std::vector<std::string> sealers, std::vector<std::string> results) {
        findings.arc = {.result = arc::Result::Pass, .instances = sealers.size()};
        findings.arc.sealers = std::move(sealers);
        findings.arc.results = std::move(results);
    }
    Decision decision() {
        return decide(settings, {.findings = findings,
                                 .client = ip::v4(0xc0000201),
                                 .list_id = list_id,
                                 .sender = sender,
                                 .replays = replays});
    }

    site::Authentication settings;
    provenance::Findings findings;
    std::string list_id;
    senders::Opinion sender;
    std::vector<Replay> replays;
};

// RFC 7372 §3.4
TEST_F(Deciding, GoesAsFarAsTheGradeAndTheDomain) {
    using enum DmarcBehavior;
    using Wish = dmarc::Policy;
    struct Case {
        DmarcBehavior behavior;
        Wish wanted;
        int code;
        bool junk;
    };
    const Case cases[] = {
        {Record, Wish::Reject, 250, false},     {Defer, Wish::Reject, 250, false},
        {Quarantine, Wish::Reject, 250, true},  {Reject, Wish::Reject, 550, false},
        {Record, Wish::Quarantine, 250, false}, {Quarantine, Wish::Quarantine, 250, true},
        {Reject, Wish::Quarantine, 250, true},  {Reject, Wish::None, 250, false},
    };
    for (const auto& [behavior, wanted, code, junk] : cases) {
        settings.dmarc.behavior = behavior;
        fails(wanted);
        EXPECT_EQ(decision().reply.code, code);
        EXPECT_EQ(decision().junk, junk);
    }
}

TEST_F(Deciding, WaitsForTheDnsOnlyWhereSomethingDependsOnIt) {
    findings.dmarc = {.result = dmarc::Result::TempError};
    EXPECT_EQ(decision().reply.code, 451);
    findings.dmarc.policy = dmarc::Policy::None;
    EXPECT_EQ(decision().reply.code, 250);
    findings.dmarc.policy = std::nullopt;
    settings.dmarc.behavior = DmarcBehavior::Record;
    EXPECT_EQ(decision().reply.code, 250);
}

TEST_F(Deciding, TakesMailWithoutAnAuthorOnlyInTheLowerGrades) {
    findings.author = {.domain = "", .mailboxes = {}, .problem = "From stands there more than once"};
    findings.dmarc = {.result = dmarc::Result::PermError};
    EXPECT_EQ(decision().reply.enhanced, "5.6.0");
    settings.dmarc.behavior = DmarcBehavior::Quarantine;
    EXPECT_TRUE(decision().junk);
    settings.dmarc.behavior = DmarcBehavior::Defer;
    EXPECT_FALSE(decision().junk);
}

TEST_F(Deciding, BelievesAMailingListThatIsProved) {
    settings.dmarc.mailing_lists = {"lists.test"};
    list_id = "friends.lists.test";
    EXPECT_EQ(decision().reply.code, 550) << "anybody can write List-Id";
    signs("other.test");
    EXPECT_EQ(decision().reply.code, 550);
    signs("lists.test");
    EXPECT_EQ(decision().override, Override::MailingList);
    list_id = "friends.others.test";
    EXPECT_EQ(decision().reply.code, 550);
}

// RFC 8617 §5.2: a chain that passes says only who has said so.
TEST_F(Deciding, BelievesSealersFromTheFirstWhoIsTrusted) {
    settings.arc.trusted_sealers = {"good.test"};
    const std::string pass = " i=1; mx; dmarc=pass header.from=bank.test";
    const std::string fail = " i=2; mx; dmarc=fail header.from=bank.test";
    struct Case {
        std::vector<std::string> sealers;
        std::vector<std::string> results;
        bool is_taken;
    };
    const Case cases[] = {
        {{"good.test"}, {pass}, true},
        {{"mx.good.test"}, {pass}, true},
        {{"evil.test"}, {pass}, false},
        {{"good.test", "evil.test"}, {pass, pass}, false},
        {{"evil.test", "good.test"}, {pass, fail}, false},
        {{"evil.test", "good.test"}, {fail, pass}, true},
        {{"good.test", "good.test"}, {pass, fail}, true},
        {{"good.test"}, {" i=1; mx; dmarc=pass header.from=other.test"}, false},
        {{"good.test"}, {"nonsense"}, false},
    };
    for (const auto& [sealers, results, is_taken] : cases) {
        seals(sealers, results);
        EXPECT_EQ(decision().reply.is_positive(), is_taken) << sealers.front() << results.back();
    }
    findings.arc.result = arc::Result::Fail;
    EXPECT_FALSE(decision().reply.is_positive());
}

TEST_F(Deciding, HearsTheListOfSendersFirst) {
    sender = {senders::Opinion::Kind::Allowed, "bank.test"};
    EXPECT_EQ(decision().reply.code, 250);
    sender.kind = senders::Opinion::Kind::Blocked;
    settings.senders.behavior = site::SendersBehavior::Reject;
    findings.dmarc = {.result = dmarc::Result::Pass};
    EXPECT_EQ(decision().reply.enhanced, "5.7.1");
    settings.senders.behavior = site::SendersBehavior::Junk;
    EXPECT_TRUE(decision().junk);
}

TEST_F(Deciding, NobodyIsBetterOffForBeingBlocked) {
    sender = {senders::Opinion::Kind::Blocked, "bank.test"};
    settings.senders.behavior = site::SendersBehavior::Junk;
    EXPECT_EQ(decision().reply.enhanced, "5.7.26");
    EXPECT_EQ(decision().disposition, dmarc::Policy::Reject);
    fails(dmarc::Policy::Quarantine);
    EXPECT_TRUE(decision().junk);
    EXPECT_EQ(decision().disposition, dmarc::Policy::Quarantine);
    EXPECT_EQ(decision().reason, "to junk: bank.test is blocked; to junk: bank.test wants it quarantined");
    findings.dmarc = {.result = dmarc::Result::TempError};
    EXPECT_EQ(decision().reply.code, 451);
    settings.dmarc.behavior = DmarcBehavior::Record;
    EXPECT_EQ(decision().reply.code, 250);
    EXPECT_TRUE(decision().junk);
}

TEST_F(Deciding, SuspectsReplays) {
    findings.dmarc = {.result = dmarc::Result::Pass};
    replays = {{.signature = 0, .recipients = 30, .uncovered = {}, .is_suspicious = true}};
    settings.replay.behavior = site::ReplayBehavior::Record;
    EXPECT_FALSE(decision().junk);
    EXPECT_NE(decision().reason, "");
    settings.replay.behavior = site::ReplayBehavior::Junk;
    EXPECT_TRUE(decision().junk);
    sender = {senders::Opinion::Kind::Allowed, "bank.test"};
    EXPECT_FALSE(decision().junk);
}

// What is merely said is no identity that is proved.
TEST_F(Deciding, KnowsWhatIsProved) {
    signs("signer.test");
    findings.dkim.back().identity = "News@signer.test";
    findings.dkim.push_back({.result = dkim::Result::Fail, .reason = "", .domain = "broken.test"});
    findings.spf = {
        {.result = spf::Result::Pass,
         .identity = spf::Identity::MailFrom,
         .domain = "envelope.test",
         .name = "B@envelope.test"},
        {.result = spf::Result::Fail, .identity = spf::Identity::Helo, .domain = "helo.test", .name = "helo.test"}};
    auto who = identities_of(findings);
    EXPECT_EQ(who.validated, (std::vector<std::string>{"signer.test", "news@signer.test", "b@envelope.test"}));
    EXPECT_EQ(who.claimed, (std::vector<std::string>{"helo.test", "ann@bank.test"}));
    findings.dmarc.result = dmarc::Result::Pass;
    who = identities_of(findings);
    EXPECT_EQ(who.validated.back(), "ann@bank.test");
}

}  // namespace
}  // namespace policyd
