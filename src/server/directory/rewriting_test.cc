// Senders that are rewritten and come back, as the resolver and the service have it.
#include "directory/rewriting.h"

#include <gtest/gtest.h>

#include "directory/forwards.h"
#include "directory/resolver.h"
#include "directory/testing/known_users.h"

namespace directory {
namespace {

struct SetClock final : clocks::Clock {
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::days(20'000 + day)); }
    clocks::Steady steady() const override { return {}; }
    int day = 0;
};

Config configuration() {
    Config config;
    config.hostname = "mx.l.test";
    config.domains["l.test"] = {.catch_all = "ann@virtual.test"};
    config.domains["virtual.test"] = {.mailboxes = "/etc/list", .mailbox_list = "ann@virtual.test\n"};
    config.aliases = {{"away@virtual.test", {"ann@far.test", "ann@virtual.test"}},
                      {"list@virtual.test", {"bob@far.test"}},
                      {"list-owner@virtual.test", {"ann@virtual.test"}}};
    return config;
}

struct Rewritten : ::testing::Test {
    std::shared_ptr<const Rewriting> rewriting(site::Srs settings, std::vector<std::string> secrets = {"shared"}) {
        return std::make_shared<const Rewriting>(settings, "mx.l.test", std::move(secrets), clock);
    }
    Resolved ask(const std::string& address, bool may_relay = false) {
        Resolver resolver(configuration(), {.own_addresses = {}, .rewriting = rules}, users);
        return resolver.resolve({.ticket = 7, .address = address, .may_relay = may_relay});
    }
    SetClock clock;
    testing::KnownUsers users;
    std::shared_ptr<const Rewriting> rules = rewriting({.rewrite = site::SrsRewrite::Needed});
};

TEST_F(Rewritten, BouncesFindTheWayBack) {
    const auto address = rules->rewritten("Joe@Sender.test").value();
    EXPECT_TRUE(address.starts_with("SRS0=") && address.ends_with("@mx.l.test")) << address;
    for (const auto& written : {address, text::lower(address)}) {  // some servers fold it
        const auto resolved = ask(written);
        EXPECT_EQ(resolved.reply.code, 250) << resolved.reply.text;
        ASSERT_EQ(resolved.recipients.size(), 1u);
        EXPECT_TRUE(text::equal_ignoring_case(resolved.recipients[0].smtp.address, "Joe@sender.test"));
        EXPECT_EQ(resolved.recipients[0].transport, spool::Transport::Relay);
    }
    // A second forwarder's comes back to the first: SRS1.
    const auto first = srs::forward("joe@sender.test", "first.test", {.secrets = {"theirs"}}, 0).value();
    const auto second = rules->rewritten(first).value();
    EXPECT_TRUE(second.starts_with("SRS1=")) << second;
    const auto resolved = ask(second);
    ASSERT_EQ(resolved.recipients.size(), 1u);
    EXPECT_EQ(resolved.recipients[0].smtp.address, first);
    // One of ours is delivered here.
    EXPECT_EQ(ask(rules->rewritten("ann@virtual.test").value()).recipients.at(0).transport, spool::Transport::Local);
}

TEST_F(Rewritten, ProofsAreAsLongAsTheSettingsSay) {
    const auto usual = rules->rewritten("joe@sender.test").value();
    rules = rewriting({.rewrite = site::SrsRewrite::Needed, .hash_length = 12});
    const auto longer = rules->rewritten("joe@sender.test").value();
    EXPECT_EQ(longer.size(), usual.size() + 8);
    EXPECT_EQ(ask(longer).reply.code, 250);
    EXPECT_EQ(ask(usual).reply.code, 550);
    rules = rewriting({.rewrite = site::SrsRewrite::Needed, .hash_length = 12, .hash_minimum = 4});
    EXPECT_EQ(ask(usual).reply.code, 250);
    EXPECT_NE(flaw(site::Srs{.hash_length = 4, .hash_minimum = 5}), "");
}

// Hostile: whoever could make us take such an address would have a relay.
TEST_F(Rewritten, NobodyElseMakesThem) {
    const auto address = rules->rewritten("joe@sender.test").value();
    auto forged = address;
    forged.replace(forged.find("joe"), 3, "eve");
    auto others = srs::forward("joe@sender.test", "mx.l.test", {.secrets = {"another"}}, 20'000 * 86'400LL).value();
    for (const auto& wrong : {forged, others, std::string("SRS0=AAAA=BB=sender.test=joe@mx.l.test"),
                              std::string("SRS0=joe@mx.l.test"), std::string("SRS1=AAAA=x.test==b=c@mx.l.test")}) {
        const auto resolved = ask(wrong, true);
        EXPECT_EQ(resolved.reply.code, 550) << wrong;
        EXPECT_EQ(resolved.reply.enhanced, "5.1.1");
        EXPECT_NE(resolved.reply.text.find("rewrote"), std::string::npos) << resolved.reply.text;
    }
    clock.day = 22;
    EXPECT_EQ(ask(address).reply.text, "This is no sender that we rewrote: too old");
    clock.day = 21;
    EXPECT_EQ(ask(address).reply.code, 250);
}

TEST_F(Rewritten, EarlierDomainsAndSecretsStillCount) {
    const auto earlier = rewriting({.domain = "virtual.test"}, {"former"})->rewritten("joe@sender.test").value();
    EXPECT_TRUE(earlier.ends_with("@virtual.test"));
    EXPECT_EQ(ask(earlier).reply.code, 550) << "signed by a secret that is not known";
    rules = rewriting({.rewrite = site::SrsRewrite::Off}, {"shared", "former"});
    EXPECT_EQ(ask(earlier).recipients.at(0).smtp.address, "joe@sender.test");
    // A name that only looks so belongs to whoever has it.
    EXPECT_EQ(ask("srs0=not-ours@l.test").recipients.at(0).smtp.address, "ann@virtual.test");
    // Of a stranger's domain nothing is said.
    EXPECT_EQ(ask("SRS0=AAAA=BB=a.test=b@far.test").reply.enhanced, "5.7.1");
}

TEST_F(Rewritten, WithoutASecretTheyAreNotLost) {
    const auto address = rules->rewritten("joe@sender.test").value();
    rules = rewriting({.rewrite = site::SrsRewrite::Needed}, {});
    EXPECT_EQ(ask(address).reply.code, 451);
    rules = rewriting({.rewrite = site::SrsRewrite::Off}, {});
    EXPECT_EQ(ask(address).reply.enhanced, "5.1.1");
}

TEST_F(Rewritten, TheWayIsExplained) {
    const auto address = rules->rewritten("joe@sender.test").value();
    const Resolver resolver(configuration(), {.own_addresses = {}, .rewriting = rules}, users);
    const auto resolution = resolver.explain(*smtp::parse_mailbox(address, smtp::Utf8::Allowed));
    ASSERT_EQ(resolution.steps.size(), 2u);
    EXPECT_EQ(resolution.steps[0].finding, "a sender that we rewrote: leads back to joe@sender.test");
    EXPECT_EQ(path_to(resolution, 0).at(0).address, "joe@sender.test");
}

// ---- what is settled

struct Answers final : Passages {
    void ask(const std::string& reverse_path, std::function<void(std::optional<bool>)> tell) override {
        asked.push_back(reverse_path);
        waiting = std::move(tell);
    }
    std::vector<std::string> asked;
    std::function<void(std::optional<bool>)> waiting;
};

struct SentOn : Rewritten {
    std::vector<std::string> senders(const std::string& address, const std::string& reverse_path,
                                     std::optional<bool> is_free = false, bool is_sent_on = false) {
        Resolver resolver(configuration(), {.own_addresses = {}, .rewriting = rules}, users);
        const LookUp asked{
            .ticket = 7, .address = address, .may_relay = true, .reverse_path = reverse_path, .is_sent_on = is_sent_on};
        std::optional<Resolved> told;
        passages = {};
        forwards.settle(rules, asked, resolver.resolve(asked), resolver.is_ours(reverse_path),
                        [&](const Resolved& resolved) { told = resolved; });
        if (passages.waiting) {
            EXPECT_FALSE(told);
            passages.waiting(is_free);
        }
        EXPECT_TRUE(told);
        std::vector<std::string> all;
        for (const auto& recipient : told.value_or(Resolved{}).recipients)
            all.push_back(recipient.sender.substr(0, recipient.sender.find('=')));
        return all;
    }
    logs::Log log{clock, {}, {}, [] {}};
    Answers passages;
    Forwards forwards{passages, log};
};
using Senders = std::vector<std::string>;

TEST_F(SentOn, OnlyWhatLeavesByAnAliasIsRewritten) {
    EXPECT_EQ(senders("away@virtual.test", "joe@sender.test"), (Senders{"SRS0", ""})) << "far away, and here";
    EXPECT_EQ(passages.asked, Senders{"joe@sender.test"});
    EXPECT_EQ(senders("away@virtual.test", "joe@sender.test", true), (Senders{"", ""})) << "it passes";
    EXPECT_EQ(senders("away@virtual.test", "joe@sender.test", std::nullopt), (Senders{"SRS0", ""})) << "in doubt";
    for (const auto* nobody : {"", "#@[]"})
        EXPECT_EQ(senders("away@virtual.test", nobody), (Senders{"", ""})) << nobody;
    EXPECT_EQ(senders("ann@virtual.test", "joe@sender.test"), Senders{""}) << "stays here";
    EXPECT_EQ(senders("bob@far.test", "joe@sender.test"), Senders{""}) << "is sent, not sent on";
    EXPECT_TRUE(passages.asked.empty());
    EXPECT_EQ(senders("bob@far.test", "joe@sender.test", false, true), Senders{"SRS0"}) << "by instructions";
    EXPECT_EQ(senders("list@virtual.test", "joe@sender.test"), Senders{"list-owner@virtual.test"}) << "the owner's";
    EXPECT_EQ(senders("away@virtual.test", "joe@mx.l.test"), (Senders{"", ""})) << "is at the domain already";
}

TEST_F(SentOn, ByTheSetting) {
    rules = rewriting({.rewrite = site::SrsRewrite::Always});
    EXPECT_EQ(senders("away@virtual.test", "joe@sender.test"), (Senders{"SRS0", ""}));
    EXPECT_EQ(senders("away@virtual.test", "ann@virtual.test"), (Senders{"", ""})) << "ours";
    EXPECT_TRUE(passages.asked.empty());
    rules = rewriting({.rewrite = site::SrsRewrite::Off});
    EXPECT_EQ(senders("away@virtual.test", "joe@sender.test"), (Senders{"", ""}));
    rules = rewriting({.rewrite = site::SrsRewrite::Always}, {});
    EXPECT_EQ(senders("away@virtual.test", "joe@sender.test"), (Senders{"", ""})) << "no secret";
    rules = rewriting({.rewrite = site::SrsRewrite::Always});
    const auto longest = std::string(220, 'a') + "@sender.test";
    EXPECT_EQ(senders("away@virtual.test", longest), (Senders{"", ""})) << "there is no room for it";
}

}  // namespace
}  // namespace directory
