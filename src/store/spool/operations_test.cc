#include "spool/operations.h"

#include <gtest/gtest.h>

#include "spool/testing.h"

namespace spool {
namespace {

TEST(Envelope, ComesBackAsItWent) {
    Envelope envelope = testing::envelope_for(3);
    envelope.body = smtp::BodyType::EightBitMime;
    envelope.smtputf8 = true;
    envelope.ret = smtp::Return::Headers;
    envelope.envelope_id = "QQ314159";
    envelope.recipients[1].smtp.original_recipient = "rfc822;b@example.org";
    envelope.recipients[1].smtp.notify = smtp::notify_success | smtp::notify_failure;
    envelope.recipients[2].transport = Transport::Local;
    envelope.recipients[2].is_junk = true;
    std::string octets = encode_envelope(envelope);
    EXPECT_EQ(parse_envelope(octets), envelope);
    for (std::size_t length = 0; length < octets.size(); ++length)
        EXPECT_FALSE(parse_envelope(std::string_view(octets).substr(0, length))) << length;
    EXPECT_FALSE(parse_envelope(octets + "x"));
}

std::string two_operations() {
    std::string octets;
    Writer out(octets);
    AcceptRecord accept{.id = 1,
                        .size = 5,
                        .arrived = 9,
                        .is_bounce = true,
                        .body_length = 5,
                        .body_crc = 77,
                        .recipients = 70,
                        .envelope = "envelope"};
    Task first{.first = 0, .count = 64, .attempts = 3, .pending = 5, .due = -1};
    Task second{.first = 64, .count = 6, .held = true, .delay_noticed = true, .awaits_release = true, .pending = 0x3f};
    accept.tasks = {{first, "450 4.2.1 later"}, {second, ""}};
    write(out, accept);
    write(out, ProgressRecord{.id = 2,
                              .task = 1,
                              .done = 6,
                              .attempts = 2,
                              .due = 8,
                              .delay_noticed = true,
                              .awaits_release = true,
                              .diagnostic = "x"});
    write(out, Remove{3});
    return octets;
}

TEST(Operations, ComeBackAsTheyWent) {
    std::string octets = two_operations();
    auto operations = parse_operations(octets);
    ASSERT_TRUE(operations);
    ASSERT_EQ(operations->size(), 3u);
    const auto& accept = std::get<AcceptRecord>((*operations)[0]);
    EXPECT_EQ(accept.id, 1u);
    EXPECT_TRUE(accept.is_bounce);
    EXPECT_EQ(accept.envelope, "envelope");
    ASSERT_EQ(accept.tasks.size(), 2u);
    EXPECT_EQ(accept.tasks[0].diagnostic, "450 4.2.1 later");
    EXPECT_EQ(accept.tasks[0].task.due, -1);
    EXPECT_EQ(accept.tasks[1].task.first, 64u);
    EXPECT_TRUE(accept.tasks[1].task.held && accept.tasks[1].task.delay_noticed && accept.tasks[1].task.awaits_release);
    EXPECT_FALSE(accept.tasks[0].task.awaits_release);
    const auto& progress = std::get<ProgressRecord>((*operations)[1]);
    EXPECT_EQ(progress.done, 6u);
    EXPECT_EQ(progress.diagnostic, "x");
    EXPECT_EQ(std::get<Remove>((*operations)[2]).id, 3u);
}

TEST(Operations, KeepHowEachRecipientLeaves) {
    Envelope envelope{.reverse_path = "a@b"};
    for (const auto transport :
         {Transport::Local, Transport::Relay, Transport::Target, Transport::Mailbox, Transport::Discard})
        for (const std::string sender : {"", "owner-list@b"})
            envelope.recipients.push_back(
                {{"r@c", "", 3}, transport, transport == Transport::Target ? "\"|/bin/x y\"" : "", sender});
    const auto octets = encode_envelope(envelope);
    const auto parsed = parse_envelope(octets);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, envelope);
    // As it was written before there were targets: the octet of a transport, and nothing behind it.
    EXPECT_TRUE(parse_envelope(encode_envelope({.recipients = {{{"r", "", 0}, Transport::Relay}}})));
    for (const char bad : {'\x05', '\x7f', '\x85', '\x80', '\xff'}) {
        auto wrong = encode_envelope({.recipients = {{{"r", "", 0}, Transport::Local}}});
        wrong.back() = bad;
        EXPECT_FALSE(parse_envelope(wrong)) << static_cast<int>(bad);
    }
}

TEST(Operations, RefuseWhatIsCutOffOrContradictsItself) {
    std::string octets = two_operations();
    std::size_t accepted = 0;
    for (std::size_t length = 1; length < octets.size(); ++length)
        accepted += parse_operations(std::string_view(octets).substr(0, length)).has_value() ? 1 : 0;
    EXPECT_EQ(accepted, 2u);  // after the first operation, and after the second
    auto with_tasks = [](std::vector<Task> tasks, std::uint32_t recipients) {
        std::string text;
        Writer out(text);
        AcceptRecord accept{.id = 1, .recipients = recipients};
        for (const Task& task : tasks) accept.tasks.push_back({task, {}});
        write(out, accept);
        return parse_operations(text).has_value();
    };
    EXPECT_TRUE(with_tasks({{.count = 3, .pending = 7}}, 3));
    EXPECT_FALSE(with_tasks({{.count = 3, .pending = 7}}, 4));
    EXPECT_FALSE(with_tasks({{.count = 3, .pending = 8}}, 3));
    EXPECT_FALSE(with_tasks({{.count = 0}}, 0));
    EXPECT_FALSE(with_tasks({{.count = 65}}, 65));
    EXPECT_FALSE(parse_operations("\x09"));
    EXPECT_FALSE(parse_operations(std::string_view("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11)));
}

TEST(Varint, HasOneMeaning) {
    for (std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
        std::string octets;
        Writer(octets).put_varint(number);
        Reader in(octets);
        EXPECT_EQ(in.take_varint(), number);
        EXPECT_TRUE(in.ok() && in.at_end());
    }
    Reader too_long("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
    too_long.take_varint();
    EXPECT_FALSE(too_long.ok());
}

TEST(MessageId, IsThirteenCharacters) {
    EXPECT_EQ(to_text(0), "0000000000000");
    EXPECT_EQ(to_text(~MessageId{0}), "FZZZZZZZZZZZZ");
    EXPECT_EQ(parse_message_id("fzzzzzzzzzzzz"), ~MessageId{0});
    EXPECT_EQ(parse_message_id("G000000000000"), std::nullopt);
    EXPECT_EQ(parse_message_id("000000000000"), std::nullopt);
    EXPECT_EQ(parse_message_id("000000000000U"), std::nullopt);
}

}  // namespace
}  // namespace spool
