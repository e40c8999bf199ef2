#include "submitter/content.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace submitter {
namespace {

namespace asio = boost::asio;

/// qmgr, as far as files are concerned.
struct ContentTest : testing::Test {
    using Link = ipc::Link<qmgr::FromSmtpd, smtpd::FromQmgr>;
    asio::io_context context;
    Queue queue{context};
    std::optional<Link> link;
    file::Descriptor file{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    int opened = 0;
    int dropped = 0;
    const char* gives = nullptr;  // this file instead

    ContentTest() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        link.emplace(context, file::Descriptor(ends[1]),
                     Link::Handlers{.on_message = [this](qmgr::FromSmtpd order) { take(order); },
                                    .on_gone = [](const std::string&) {}});
        queue.connect(file::Descriptor(ends[0]));
    }
    void take(const qmgr::FromSmtpd& order) {
        dropped += std::holds_alternative<qmgr::DropBlob>(order);
        const auto* open = std::get_if<qmgr::OpenBlob>(&order);
        if (!open) return;
        ++opened;
        if (opened > 1) file = file::Descriptor(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        const auto own = [&] {
            return file::Descriptor(gives ? ::open(gives, O_RDWR | O_CLOEXEC)
                                          : ::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
        };
        link->send(smtpd::BlobOpened{open->ticket, own(), own()});
    }
    void add(Content& content, const std::string& octets) {
        auto work = [](Content& to, const std::string& what) -> net::Task<void> {
            to.next() += what;
            co_await to.spill();
        };
        asio::co_spawn(context, work(content, octets), asio::detached);
        turn();
    }
    void put_in_front(Content& content, const std::string& fields) {
        asio::co_spawn(context, content.put_in_front(fields), asio::detached);
        turn();
    }
    void turn() {
        for (int i = 0; i < 50; ++i) context.poll(), context.restart();
    }
    std::string in_file(std::size_t octets) const {
        std::string text(octets, '\0');
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(::pread(file.get(), text.data(), octets, 0), 0)));
        return text;
    }
};

const std::string much(spool::inline_body, 'm');

TEST_F(ContentTest, AFewOctetsStayInMemory) {
    Content content(queue, {.field = "Received: x\r\n", .id_at = 10});
    add(content, "Subject: y\r\n\r\n");
    qmgr::Submit submission;
    ASSERT_TRUE(content.hand_over(submission));
    EXPECT_EQ(submission.octets, "Received: x\r\nSubject: y\r\n\r\n");
    EXPECT_EQ(submission.size, submission.octets.size());
    EXPECT_EQ(submission.id_at, 10u);
    EXPECT_EQ(submission.blob, 0u);
    EXPECT_EQ(opened, 0);
}

TEST_F(ContentTest, ManyGoIntoTheFileThatQmgrOpened) {
    qmgr::Submit submission;
    {
        Content content(queue, {.field = "Received: x\r\n", .id_at = 10});
        add(content, much);
        add(content, "the end\r\n");
        ASSERT_TRUE(content.hand_over(submission));
    }
    turn();
    EXPECT_TRUE(submission.octets.empty());
    EXPECT_NE(submission.blob, 0u);
    EXPECT_EQ(in_file(1'000'000), "Received: x\r\n" + much + "the end\r\n");
    EXPECT_EQ(submission.size, in_file(1'000'000).size());
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(dropped, 0) << "it is qmgr's now";
}

TEST_F(ContentTest, WhatIsLearnedAtTheEndStandsInFront) {
    for (const auto& body : {std::string("Subject: y\r\n\r\n"), much + "the end\r\n", std::string(1'000'000, 'x')}) {
        qmgr::Submit submission;
        opened = dropped = 0;
        {
            Content content(queue, {.field = "Received: x\r\n", .id_at = 10});
            add(content, body);
            const auto seen = content.view();
            EXPECT_EQ(seen.file >= 0, body.size() > spool::inline_body);
            put_in_front(content, "Seen: all of it\r\n");
            ASSERT_TRUE(content.hand_over(submission));
        }
        turn();
        const auto whole = submission.blob == 0 ? submission.octets : in_file(2'000'000);
        EXPECT_EQ(whole, "Seen: all of it\r\nReceived: x\r\n" + body);
        EXPECT_EQ(submission.size, whole.size());
        EXPECT_EQ(submission.id_at, 27u);
        EXPECT_EQ(opened - dropped, submission.blob == 0 ? 0 : 1) << "the file without it is given back";
    }
}

TEST_F(ContentTest, WhatStandsInFrontMayMakeItTooLongForMemory) {
    Content content(queue, {.field = "", .id_at = 0});
    add(content, much);
    EXPECT_EQ(opened, 0);
    put_in_front(content, "Seen: all of it\r\n");
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(in_file(1'000'000), "Seen: all of it\r\n" + much);
}

TEST_F(ContentTest, AFullDiskHasNoRoomForWhatStandsInFront) {
    qmgr::Submit submission;
    Content content(queue, {});
    add(content, much + "x");
    gives = "/dev/full";
    put_in_front(content, "Seen: all of it\r\n");
    EXPECT_FALSE(content.hand_over(submission));
    turn();
    EXPECT_EQ(dropped, 2) << "both";
}

TEST_F(ContentTest, WhatIsNotHandedOverIsGivenBack) {
    {
        Content content(queue, {});
        add(content, much + "x");
    }
    turn();
    EXPECT_EQ(dropped, 1);
}

TEST_F(ContentTest, WithoutAFileThereIsNoRoom) {
    gives = "/nowhere";
    Content content(queue, {});
    add(content, much + "x");
    EXPECT_FALSE(content.has_room());
    qmgr::Submit submission;
    EXPECT_FALSE(content.hand_over(submission));
    add(content, much + "x");
    EXPECT_EQ(opened, 1) << "asked once";
}

TEST_F(ContentTest, AFullDiskIsNoRoomEither) {
    gives = "/dev/full";
    Content content(queue, {});
    add(content, much + "x");
    EXPECT_FALSE(content.has_room());
    turn();
    EXPECT_EQ(dropped, 1) << "at once, not when the client has finished";
    qmgr::Submit submission;
    EXPECT_FALSE(content.hand_over(submission));
    add(content, much + "x");
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(dropped, 1);
}

}  // namespace
}  // namespace submitter
