// From mail that was counted to the report about it in the queue, with neighbours that live in this process; and
// reports of others, read from the mail they come in.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>

#include "aggregate/compression.h"
#include "aggregate/letter.h"
#include "aggregate/testing.h"
#include "aggregate/xml.h"
#include "lang/overloaded.h"
#include "policyd/report_intake.h"
#include "policyd/reporter.h"
#include "policyd/statistics.h"
#include "submitter/directory.h"

namespace policyd {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t day = reports::seconds_a_day;

struct SetClock final : clocks::Clock {
    std::int64_t seconds = 100 * day;
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::seconds(seconds)); }
    clocks::Steady steady() const override { return clocks::Steady(std::chrono::seconds(seconds)); }
};

std::pair<file::Descriptor, file::Descriptor> wires() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

constexpr std::string_view table = R"(
{"name": "_dmarc.away.example", "type": "*", "rcode": "TIMEOUT"}
{"name": "_dmarc.away-report.example", "type": "*", "rcode": "TIMEOUT"}
{"name": "d.example._report._dmarc.third.example", "type": "TXT", "data": "v=DMARC1"}
)";

struct Reporting : testing::Test {
    using DirectorySide = ipc::Link<directory::FromSmtpd, smtpd::FromDirectory>;
    using QueueSide = ipc::Link<qmgr::FromSmtpd, smtpd::FromQmgr>;

    std::filesystem::path folder = [] {
        auto pattern = (std::filesystem::temp_directory_path() / "reporting-XXXXXX").string();
        return std::filesystem::path(::mkdtemp(pattern.data()));
    }();
    asio::io_context context;
    SetClock clock;
    std::string log_text;
    int log_ends[2] = {-1, -1};
    std::optional<logs::Log> log;
    resolver::TableResolver resolver{*dns::parse_table(table)};
    submitter::Directory directory{context};
    submitter::Queue queue{context};
    Outbox outbox{queue, clock};
    std::unique_ptr<reports::Database> database = open();
    std::vector<std::string> lost;
    Statistics statistics{*database, clock, [this](const std::string& why) { lost.push_back(why); }};
    site::Reports settings;
    std::optional<Reporter> reporter;
    std::vector<qmgr::Submit> submitted;
    std::optional<DirectorySide> directory_side;
    std::optional<QueueSide> queue_side;
    smtp::Reply reply{250, "2.1.5", "ok"};  // of directory
    bool is_full = false;                   // the queue

    Reporting() {
        outbox.look_up_by([this](directory::LookUp question) { return directory.look_up(std::move(question)); });
        EXPECT_EQ(::pipe2(log_ends, O_CLOEXEC | O_NONBLOCK), 0);
        log.emplace(clock, logs::Options{}, logs::Outputs{file::Descriptor(log_ends[1]), {}});
        settings.send = true;
        settings.hour = 2;
        settings.spread = std::chrono::seconds(0);
        start();
        auto [to_directory, at_directory] = wires();
        directory.connect(std::move(to_directory));
        directory_side.emplace(
            context, std::move(at_directory),
            DirectorySide::Handlers{
                .on_message = [this](directory::FromSmtpd question) { answer(std::get<directory::LookUp>(question)); },
                .on_gone = [](const std::string&) {}});
        auto [to_queue, at_queue] = wires();
        queue.connect(std::move(to_queue));
        queue_side.emplace(context, std::move(at_queue),
                           QueueSide::Handlers{.on_message =
                                                   [this](qmgr::FromSmtpd order) {
                                                       auto& message = std::get<qmgr::Submit>(order);
                                                       if (is_full)
                                                           return queue_side->send(smtpd::Refused{
                                                                      message.ticket, {452, "4.3.1", "no room"}}),
                                                                  void();
                                                       queue_side->send(smtpd::Committed{message.ticket, 77});
                                                       submitted.push_back(std::move(message));
                                                   },
                                               .on_gone = [](const std::string&) {}});
    }
    ~Reporting() override {
        ::close(log_ends[0]);
        std::filesystem::remove_all(folder);
    }

    std::unique_ptr<reports::Database> open() const {
        auto opened =
            reports::Database::open(reports::database_file(folder.string()), accounts::Connection::Missing::IsCreated,
                                    std::chrono::milliseconds(20), {});
        EXPECT_TRUE(opened);
        return std::move(*opened);
    }
    void start() {
        reporter.emplace(Reporter::Around{*database, resolver, context, outbox, *log}, "mx.r.example", settings);
    }
    void answer(const directory::LookUp& asked) {
        EXPECT_TRUE(asked.may_relay);
        directory::Resolved resolved{.ticket = asked.ticket, .reply = reply, .recipients = {}};
        if (reply.is_positive())
            resolved.recipients.push_back({.smtp = {.address = asked.address}, .transport = spool::Transport::Relay});
        directory_side->send(resolved);
    }
    void judge(const std::string& domain, const std::string& rua, const char* client = "192.0.2.1") {
        dmarc::Report report{.result = dmarc::Result::Pass, .policy = dmarc::Policy::None, .policy_domain = domain};
        report.record = dmarc::parse_record("v=DMARC1; p=none; rua=" + rua).value();
        statistics.note({.client = *ip::parse_address(client),
                         .header_from = domain,
                         .envelope_from = domain,
                         .spf_domain = domain,
                         .spf = spf::Result::Pass,
                         .dkim = {},
                         .dmarc = report,
                         .disposition = dmarc::Policy::None,
                         .reasons = {}});
    }
    void turn() {
        for (int i = 0; i < 200; ++i) context.poll(), context.restart();
    }
    void look() {
        statistics.write();
        asio::co_spawn(context, reporter->send_due(), asio::detached);
        turn();
    }
    static std::vector<std::string> recipients(const qmgr::Submit& message) {
        std::vector<std::string> all;
        for (const auto& one : message.envelope.recipients) all.push_back(one.smtp.address);
        return all;
    }
    static aggregate::Report report_in(const qmgr::Submit& message) {
        const auto attachment = aggregate::find_attachment(message.octets);
        EXPECT_TRUE(attachment) << message.octets;
        const auto octets = attachment.value_or("");
        aggregate::Unpacking unpacking(octets);
        const auto report = aggregate::parse_report(unpacking.next().value_or(""));
        EXPECT_TRUE(report);
        return report.value_or(aggregate::Report{});
    }
    std::string logged() {
        log->flush();
        std::string text(200'000, '\0');
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(log_ends[0], text.data(), text.size()), 0)));
        return text;
    }
};

// RFC 9990 §3.5
TEST_F(Reporting, ADayIsToldOfTheDayAfter) {
    judge("d.example", "mailto:a@d.example,mailto:b@third.example,mailto:c@fourth.example");
    judge("d.example", "mailto:a@d.example,mailto:b@third.example,mailto:c@fourth.example");
    judge("d.example", "mailto:a@d.example,mailto:b@third.example,mailto:c@fourth.example", "192.0.2.2");
    clock.seconds = 101 * day + 2 * 3600 - 1;
    look();
    EXPECT_THAT(submitted, SizeIs(0)) << "not yet";
    clock.seconds += 1;
    look();
    ASSERT_THAT(submitted, SizeIs(1));
    EXPECT_EQ(submitted[0].envelope.reverse_path, "");
    EXPECT_EQ(recipients(submitted[0]), (std::vector<std::string>{"a@d.example", "b@third.example"}));
    EXPECT_THAT(submitted[0].octets, HasSubstr("\r\nFrom: postmaster@mx.r.example\r\n"));
    EXPECT_THAT(submitted[0].octets, HasSubstr("\r\nAuto-Submitted: auto-generated\r\n"));
    EXPECT_EQ(submitted[0].octets.substr(submitted[0].id_at, 13), "0000000000000");
    const auto report = report_in(submitted[0]);
    EXPECT_EQ(report.begin, 100 * day);
    EXPECT_EQ(report.end, 101 * day - 1);
    EXPECT_EQ(report.published.domain, "d.example");
    ASSERT_THAT(report.records, SizeIs(2));
    EXPECT_EQ(report.records[0].count, 2u);
    EXPECT_THAT(logged(), HasSubstr("report of DMARC about d.example sent, 3 messages, to 2 recipients"));
}

TEST_F(Reporting, NoDayIsToldOfTwice) {
    judge("d.example", "mailto:a@d.example");
    clock.seconds = 101 * day + 3 * 3600;
    look();
    look();
    const auto opened_again = open();
    Reporter successor({*opened_again, resolver, context, outbox, *log}, "mx.r.example", settings);
    asio::co_spawn(context, successor.send_due(), asio::detached);
    turn();
    EXPECT_THAT(submitted, SizeIs(1));
}

TEST_F(Reporting, WhatTheQueueDoesNotTakeIsOfferedAgain) {
    judge("d.example", "mailto:a@d.example");
    judge("e.example", "mailto:a@e.example");
    clock.seconds = 101 * day + 3 * 3600;
    is_full = true;
    look();
    EXPECT_THAT(submitted, SizeIs(0));
    EXPECT_THAT(logged(), HasSubstr("report of DMARC about d.example: 4.3.1"));
    is_full = false;
    look();
    EXPECT_THAT(submitted, SizeIs(0)) << "not at once";
    clock.seconds += 3600;
    look();
    ASSERT_THAT(submitted, SizeIs(2));
    EXPECT_EQ(recipients(submitted[0]), std::vector<std::string>{"a@d.example"});
    EXPECT_EQ(recipients(submitted[1]), std::vector<std::string>{"a@e.example"});
    clock.seconds += 3600;
    look();
    EXPECT_THAT(submitted, SizeIs(2));
    EXPECT_TRUE(database->due(200).value().empty());
}

// The queue has it, and the disk is in trouble when that is to be written down.
TEST_F(Reporting, WhatTheQueueHasIsNotSentAgainByWhoKnows) {
    judge("d.example", "mailto:a@d.example");
    statistics.write();
    clock.seconds = 101 * day + 3 * 3600;
    {
        auto other = accounts::Connection::open(reports::database_file(folder.string()),
                                                accounts::Connection::Missing::Fails, std::chrono::seconds(1));
        ASSERT_TRUE(other && other->run("BEGIN IMMEDIATE"));
        look();
        EXPECT_THAT(submitted, SizeIs(1));
        EXPECT_THAT(database->due(200).value(), SizeIs(1));
    }
    clock.seconds += 3600;
    look();
    EXPECT_THAT(submitted, SizeIs(1));
    EXPECT_TRUE(database->due(200).value().empty());
}

TEST_F(Reporting, ReportsTooLongForWhoWantsThemAreNotSent) {
    judge("d.example", "mailto:small@d.example!500,mailto:large@d.example!10m");
    judge("e.example", "mailto:small@e.example!500");
    clock.seconds = 101 * day + 3 * 3600;
    look();
    ASSERT_THAT(submitted, SizeIs(1));
    EXPECT_EQ(recipients(submitted[0]), std::vector<std::string>{"large@d.example"});
}

// RFC 9990 §4 (5): what the DNS does not answer waits, a day at most.
TEST_F(Reporting, WhatIsNotKnownWaits) {
    judge("d.example", "mailto:a@d.example,mailto:a@away.example");
    clock.seconds = 101 * day + 3 * 3600;
    look();
    EXPECT_THAT(submitted, SizeIs(0));
    reply = {451, "4.3.0", "not now"};
    judge("f.example", "mailto:a@f.example");
    clock.seconds = 102 * day + 2 * 3600 - 1;
    look();
    EXPECT_THAT(submitted, SizeIs(0));
    reply = {250, "2.1.5", "ok"};
    clock.seconds = 102 * day + 2 * 3600;
    look();
    ASSERT_THAT(submitted, SizeIs(1)) << "not again within the hour";
    clock.seconds += 3600;
    look();
    ASSERT_THAT(submitted, SizeIs(2));
}

TEST_F(Reporting, NothingIsSentWhereItIsOff) {
    settings.send = false;
    start();
    judge("d.example", "mailto:a@d.example");
    clock.seconds = 101 * day + 3 * 3600;
    look();
    EXPECT_THAT(submitted, SizeIs(0));
    clock.seconds = 120 * day;
    look();
    EXPECT_TRUE(database->collected().value().empty()) << "and forgotten";
}

TEST_F(Reporting, TheSignatureStandsInFront) {
    outbox.sign_with([](std::string message) -> net::Task<std::string> {
        co_return "DKIM-Signature: of " + std::to_string(message.size()) + "\r\n";
    });
    judge("d.example", "mailto:a@d.example");
    clock.seconds = 101 * day + 3 * 3600;
    look();
    ASSERT_THAT(submitted, SizeIs(1));
    const auto at = submitted[0].octets.find("DKIM-Signature: of ");
    ASSERT_NE(at, std::string::npos);
    const auto size = std::stoul(submitted[0].octets.substr(at + 19));
    EXPECT_EQ(submitted[0].octets.substr(submitted[0].octets.find("\r\n", at) + 2).size(), size);
}

// Hostile: any number of kinds of mail.
TEST_F(Reporting, CountsWithinBounds) {
    for (unsigned i = 0; i < 2 * Statistics::most_waiting; ++i)
        judge("d.example", "mailto:a@d.example", ip::to_text(ip::v4(0x0a000000 + i)).c_str());
    EXPECT_GE(database->collected().value().at(0).messages, Statistics::most_waiting);
    EXPECT_TRUE(statistics.write_some()) << "never all at once";
    EXPECT_TRUE(lost.empty());
}

struct Received : Reporting {
    ReportIntake intake{context, *database, clock, *log};
    void bring(std::string message, std::size_t times = 1) {
        for (std::size_t i = 0; i < times; ++i) {
            const auto size = message.size();
            auto content = std::make_shared<const Content>(message, file::Descriptor(), size);
            asio::co_spawn(context, intake.take(std::move(content), {"receiver.example", true}), asio::detached);
        }
        for (int i = 0; i < 100; ++i) context.run_for(std::chrono::milliseconds(5)), context.restart();
    }
    std::string letter() const {
        const auto report = aggregate::testing::example_report();
        return aggregate::to_text({.from = {"", "p@r.example"},
                                   .to = {"dmarc@mx.r.example"},
                                   .submitter = "r.example",
                                   .date = {},
                                   .report = report});
    }
};

// RFC 9990 §3.5.4
TEST_F(Received, AReportIsReadOnce) {
    bring(letter(), 3);
    const auto domains = database->domains(0).value();
    ASSERT_THAT(domains, SizeIs(1));
    EXPECT_EQ(domains[0].domain, "example.com");
    EXPECT_EQ(domains[0].messages, 124u);
    EXPECT_EQ(database->received("example.com", 0, 10).value().at(0).origin.sender, "receiver.example");
    EXPECT_THAT(logged(), HasSubstr("report of DMARC about example.com read, 2 records"));
}

// RFC 9990 §8.1
TEST_F(Received, WhatIsNoneIsSaidInTheLog) {
    bring("Subject: hello\r\n\r\nhello\r\n");
    EXPECT_THAT(logged(), HasSubstr("a report of DMARC from receiver.example was not read: there is none"));
    bring("Content-Type: text/xml\r\n\r\n<!DOCTYPE a [<!ENTITY b 'c'>]><feedback/>\r\n");
    EXPECT_THAT(logged(), HasSubstr("it declares a document type"));
    bring("Content-Type: application/gzip\r\n\r\n" + aggregate::to_gzip(std::string(40'000'000, ' ')));
    EXPECT_THAT(logged(), testing::AnyOf(HasSubstr("it is too long"), HasSubstr("it is no XML")));
    bring(std::string(ReportIntake::longest_message + 1, 'x'));
    EXPECT_THAT(logged(), HasSubstr("the message is too long"));
    EXPECT_TRUE(database->domains(0).value().empty());
}

TEST_F(Received, TooManyAtATimeAreLeftOut) {
    bring(letter(), 200);
    const auto text = logged();
    EXPECT_THAT(text, HasSubstr("too many have come at a time"));
}

TEST(ReportAddress, IsKnownWhateverItsCase) {
    const std::vector<std::string> addresses{"dmarc@l.test", "other@l.test"};
    EXPECT_TRUE(is_for(std::vector<std::string>{"u@l.test", "DMARC@L.test"}, addresses));
    EXPECT_FALSE(is_for(std::vector<std::string>{"u@l.test"}, addresses));
    EXPECT_FALSE(is_for(std::vector<std::string>{"dmarc@l.test"}, {}));
}

}  // namespace
}  // namespace policyd
