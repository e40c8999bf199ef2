// policyd as those who bring mail in see it: what it says is done, and what happens when it says nothing.
#include "submitter/examination.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace submitter {
namespace {

namespace asio = boost::asio;

struct Examining : testing::Test {
    using Link = ipc::Link<policyd::FromSmtpd, smtpd::FromPolicyd>;

    asio::io_context context;
    Queue queue{context};
    Opinions opinions{context};
    std::optional<Link> policyd;
    std::vector<policyd::Examine> asked;
    site::Authentication settings;
    policyd::Bringer bringer = policyd::Bringer::Stranger;
    Content content{queue, {.field = "Received: by l.test; id 0000000000000\r\n", .id_at = 24}};
    spool::Envelope envelope{.recipients = {{.smtp = {.address = "u@l.test"}, .transport = spool::Transport::Local},
                                            {.smtp = {.address = "v@l.test"}, .transport = spool::Transport::Local}}};
    std::optional<policyd::Judgement> judged;

    void begin_policyd() {
        int ends[2];
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        policyd.emplace(context, file::Descriptor(ends[1]),
                        Link::Handlers{.on_message =
                                           [this](policyd::FromSmtpd message) {
                                               asked.push_back(std::get<policyd::Examine>(std::move(message)));
                                           },
                                       .on_gone = [](const std::string&) {}});
        opinions.connect(file::Descriptor(ends[0]));
    }
    void begin() {
        content.next() += "Subject: x\r\n\r\nhello\r\n";
        auto work = [](Examining& test) -> net::Task<void> {
            policyd::Examine about{.bringer = test.bringer, .reverse_path = "a@s.test"};
            name_recipient(about, "u@l.test");
            auto judgement =
                co_await examine(test.opinions, test.settings, std::move(about), test.content, test.envelope);
            test.judged = std::move(judgement);
        };
        asio::co_spawn(context, work(*this), asio::detached);
        turn();
    }
    void turn() {
        for (int i = 0; i < 50; ++i) context.poll(), context.restart();
    }
    std::string octets() {
        qmgr::Submit submission;
        EXPECT_TRUE(content.hand_over(submission));
        EXPECT_EQ(submission.octets.substr(submission.id_at, 13), "0000000000000") << "where the queue id goes";
        return submission.octets;
    }
};

TEST_F(Examining, WhatIsSaidIsDone) {
    begin_policyd();
    begin();
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].octets, "Received: by l.test; id 0000000000000\r\nSubject: x\r\n\r\nhello\r\n");
    EXPECT_EQ(asked[0].size, asked[0].octets.size());
    EXPECT_EQ(asked[0].recipient_count, 1u);
    EXPECT_FALSE(asked[0].leads_elsewhere);
    policyd->send(
        policyd::Judgement{.ticket = asked[0].ticket, .reply = {250, "2.6.0", "-"}, .head = "A: b\r\n", .junk = true});
    turn();
    ASSERT_TRUE(judged && judged->reply.is_positive());
    EXPECT_TRUE(octets().starts_with("A: b\r\nReceived: "));
    for (const auto& recipient : envelope.recipients) EXPECT_TRUE(recipient.is_junk);
}

TEST_F(Examining, ARefusalLeavesEverythingAsItIs) {
    begin_policyd();
    begin();
    policyd->send(policyd::Judgement{
        .ticket = asked.at(0).ticket, .reply = {550, "5.7.26", "-"}, .head = "A: b\r\n", .junk = true});
    turn();
    EXPECT_EQ(judged.value().reply.code, 550);
    EXPECT_FALSE(envelope.recipients[0].is_junk);
}

// Without its fields it would come in as if nobody had looked at it, or go out unsigned.
TEST_F(Examining, AMessageWhoseHeadIsTooLongIsNotTaken) {
    begin_policyd();
    begin();
    policyd->send(policyd::Judgement{.ticket = asked.at(0).ticket,
                                     .reply = {250, "2.6.0", "-"},
                                     .head = std::string(policyd::longest_head + 1, 'x')});
    turn();
    EXPECT_EQ(judged.value().reply.code, 451);
    EXPECT_NE(judged->reason, "");
}

TEST_F(Examining, WithoutAnAnswerTheSettingDecides) {
    for (const auto& [unavailable, code] :
         {std::pair{site::WithoutPolicyd::Defer, 451}, {site::WithoutPolicyd::Accept, 250}}) {
        settings.policy.unavailable = unavailable;
        judged.reset();
        begin();
        EXPECT_EQ(judged.value().reply.code, code) << "nobody is there";
        begin_policyd();
        judged.reset();
        begin();
        EXPECT_FALSE(judged);
        policyd.reset();
        turn();
        EXPECT_EQ(judged.value().reply.code, code) << "it dies while it is asked";
        EXPECT_NE(judged->reason, "");
    }
}

// What strangers' checks are worth says nothing of signatures: those who want them would refuse for good.
TEST_F(Examining, OurPeoplesMailIsNotSentUnsignedForWantOfPolicyd) {
    settings.policy.unavailable = site::WithoutPolicyd::Accept;
    settings.dkim.sign = true;
    bringer = policyd::Bringer::Account;
    begin();
    EXPECT_EQ(judged.value().reply.code, 451);
    settings.dkim.unavailable = site::Unsigned::Accept;
    begin();
    EXPECT_EQ(judged.value().reply.code, 250);
}

}  // namespace
}  // namespace submitter
