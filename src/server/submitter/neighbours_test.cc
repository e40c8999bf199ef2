// directory and qmgr as their asker sees them when they answer, die, or are replaced.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "submitter/directory.h"
#include "submitter/queue.h"

namespace submitter {
namespace {

namespace asio = boost::asio;

/// The other end of a link: what it was asked.
template <typename Question, typename Answer>
struct Neighbour {
    template <typename Asker>
    Neighbour(asio::io_context& context, Asker& asker) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        link.emplace(context, file::Descriptor(ends[1]),
                     typename Link::Handlers{.on_message = [this](Question one) { asked.push_back(std::move(one)); },
                                             .on_gone = [](const std::string&) {}});
        asker.connect(file::Descriptor(ends[0]));
    }
    using Link = ipc::Link<Question, Answer>;
    std::optional<Link> link;
    std::vector<Question> asked;
};
using DirectorySide = Neighbour<directory::FromSmtpd, smtpd::FromDirectory>;
using QueueSide = Neighbour<qmgr::FromSmtpd, smtpd::FromQmgr>;

struct Asking : testing::Test {
    asio::io_context context;
    Directory directory{context};
    Queue queue{context};
    std::vector<int> replies;

    void look_up() {
        auto ask = [](Asking& test) -> net::Task<void> {
            auto resolved =
                co_await test.directory.look_up({.ticket = 0, .address = "u@example.org", .may_relay = false});
            test.replies.push_back(resolved.reply.code);
        };
        start(ask(*this));
    }
    void submit(qmgr::Submit message = {}) {
        auto ask = [](Asking& test, qmgr::Submit brought) -> net::Task<void> {
            auto commitment = co_await test.queue.submit(std::move(brought));
            test.replies.push_back(commitment.reply.code);
        };
        start(ask(*this, std::move(message)));
    }
    /// 1: opened; 0: no room.
    void open_blob() {
        auto ask = [](Asking& test) -> net::Task<void> {
            auto opened = co_await test.queue.open_blob();
            test.replies.push_back(opened.file ? 1 : 0);
        };
        start(ask(*this));
    }
    void start(net::Task<void> task) {
        asio::co_spawn(context, std::move(task), asio::detached);
        turn();
    }
    void turn() {
        for (int i = 0; i < 20; ++i) context.poll(), context.restart();
    }
};

TEST_F(Asking, WithoutNeighboursEverythingIsTemporaryTrouble) {
    look_up();
    submit();
    open_blob();
    EXPECT_EQ(replies, (std::vector{451, 451, 0}));
}

TEST_F(Asking, AnswersWakeWhoAsked) {
    DirectorySide side(context, directory);
    look_up();
    look_up();
    ASSERT_EQ(side.asked.size(), 2u);
    for (const std::uint16_t code : {std::uint16_t{550}, std::uint16_t{250}}) {  // the second first
        const auto ticket = std::get<directory::LookUp>(side.asked.back()).ticket;
        side.asked.pop_back();
        side.link->send(directory::Resolved{.ticket = ticket, .reply = {code, "2.0.0", "-"}, .recipients = {}});
        side.link->send(directory::Resolved{.ticket = 1000, .reply = {250, "2.0.0", "-"}, .recipients = {}});
        turn();
    }
    EXPECT_EQ(replies, (std::vector{550, 250}));
}

// As many recipients with as long parameters as are allowed may be more than qmgr takes: that is one message's end, and
// nobody else's.
TEST_F(Asking, WhatIsTooLongForTheQueueFailsAlone) {
    QueueSide qmgr(context, queue);
    submit();
    qmgr::Submit message;
    const spool::Recipient recipient{.smtp = {.address = "a@b", .original_recipient = std::string(500, 'x')}};
    message.envelope.recipients.assign(50'000, recipient);
    submit(std::move(message));
    turn();
    EXPECT_EQ(replies, std::vector<int>{552});
    ASSERT_EQ(qmgr.asked.size(), 1u);
    qmgr.link->send(smtpd::Committed{.ticket = std::get<qmgr::Submit>(qmgr.asked[0]).ticket, .id = 1});
    turn();
    EXPECT_EQ(replies, (std::vector{552, 250}));
}

TEST_F(Asking, TheEndOfANeighbourAnswersWhatWasAskedOfIt) {
    DirectorySide names(context, directory);
    QueueSide messages(context, queue);
    look_up();
    submit();
    open_blob();
    EXPECT_TRUE(replies.empty());
    names.link.reset();
    messages.link.reset();
    turn();
    EXPECT_EQ(replies, (std::vector{451, 451, 0}));
}

// master may bring the successor's link before the end of the old one has been read.
TEST_F(Asking, ASuccessorAnswersNothingOfItsPredecessor) {
    DirectorySide names(context, directory);
    QueueSide messages(context, queue);
    look_up();
    submit();
    open_blob();
    DirectorySide new_names(context, directory);
    QueueSide new_messages(context, queue);
    turn();
    EXPECT_EQ(replies, (std::vector{451, 451, 0}));
    EXPECT_TRUE(new_names.asked.empty());
    EXPECT_TRUE(new_messages.asked.empty());
    look_up();
    submit();
    EXPECT_EQ(new_names.asked.size(), 1u);
    EXPECT_EQ(new_messages.asked.size(), 1u);
    EXPECT_EQ(replies.size(), 3u);
}

// Whoever is answered because of the replacement may ask the successor at once.
TEST_F(Asking, WhoHearsOfTheEndMayAskAgain) {
    DirectorySide names(context, directory);
    auto ask_twice = [](Asking& test) -> net::Task<void> {
        co_await test.directory.look_up({.ticket = 0, .address = "u@example.org", .may_relay = false});
        test.look_up();
    };
    start(ask_twice(*this));
    DirectorySide new_names(context, directory);
    turn();
    EXPECT_EQ(new_names.asked.size(), 1u);
    EXPECT_TRUE(replies.empty());
}

}  // namespace
}  // namespace submitter
