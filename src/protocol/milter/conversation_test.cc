#include "milter/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "lang/overloaded.h"
#include "milter/reply_code.h"

namespace milter {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Story story() {
    return {.client_name = "[192.0.2.7]",
            .client = ip::v4(0xc0000207),
            .port = 0x1234,
            .helo = "h.test",
            .reverse_path = "a@s.test",
            .recipients = {"u@l.test", "w@l.test"},
            .fields = {{"Subject", " one\r\n two\r\n"}, {"X", "  y"}},
            .macros = {{"j", "mx.l.test"}, {"i", "1"}, {"{tls_version}", "TLSv1.3"}}};
}

std::string negotiated(std::uint32_t actions = 0x1ff, std::uint32_t protocol = 0, std::uint32_t version = 6) {
    return to_octets('O', number(version) + number(actions) + number(protocol));
}

/// Plays a filter: what it says to each command; "c" where nothing is said. What was told, and the outcome.
struct Played {
    std::string commands;
    std::vector<Packet> packets;
    std::expected<Outcome, std::string> outcome;
};

using Answers = std::map<char, std::string>;

Played play(const Answers& answers, const std::string& negotiation = negotiated(), Story told = story()) {
    Played played;
    Conversation talk(std::move(told));
    PacketReader reader;
    std::vector<std::string> body = {"first", "second", ""};
    std::string pending;
    const auto hear = [&](std::string_view octets) {
        reader.add(octets);
        while (const auto packet = *reader.next()) {
            played.packets.push_back(*packet);
            if (packet->command == 'D') continue;
            played.commands += packet->command;
            const auto said = answers.find(packet->command);
            pending = packet->command == 'O' ? negotiation : said == answers.end() ? to_octets('c') : said->second;
        }
    };
    for (int steps = 0; steps < 1000; ++steps) {
        const auto step = talk.next();
        if (std::holds_alternative<Done>(step)) {
            played.outcome = talk.outcome();
            return played;
        }
        std::visit(Overloaded{[&](const Send& send) { hear(send.octets); },
                              [&](const TellBody&) {
                                  hear(talk.body(body.front()));
                                  body.erase(body.begin());
                              },
                              [&](const Wait&) {
                                  if (pending.empty()) pending = to_octets('?');  // nothing more would come
                                  talk.take(std::exchange(pending, {}));
                              },
                              [](const Done&) {}},
                   step);
    }
    ADD_FAILURE() << "it has no end";
    return played;
}

const smtp::Reply& refusal(const Played& played) {
    static const smtp::Reply none(250, "", "taken");
    return played.outcome && played.outcome->refusal ? *played.outcome->refusal : none;
}

TEST(MilterConversation, TellsTheWholeStory) {
    const auto played = play({});
    ASSERT_TRUE(played.outcome) << played.outcome.error();
    EXPECT_EQ(*played.outcome, Outcome());
    EXPECT_EQ(played.commands, "OCHMRRTLLNBBE");
    const auto told = [&](char command) {
        std::vector<std::string> data;
        for (const auto& packet : played.packets)
            if (packet.command == command) data.push_back(packet.data);
        return data;
    };
    EXPECT_THAT(told('O'), ElementsAre("\0\0\0\6\0\0\1\xff\0\x1f\xf7\xff"s));
    EXPECT_THAT(told('C'), ElementsAre("[192.0.2.7]\0004\x12\x34"
                                       "192.0.2.7\0"s));
    EXPECT_THAT(told('M'), ElementsAre("<a@s.test>\0"s));
    EXPECT_THAT(told('R'), ElementsAre("<u@l.test>\0"s, "<w@l.test>\0"s));
    EXPECT_THAT(told('L'), ElementsAre("Subject\0one\n two\0"s, "X\0 y\0"s));
    EXPECT_THAT(told('B'), ElementsAre("first", "second"));
    EXPECT_THAT(told('D'), testing::Contains("Mi\0001\0{mail_addr}\0a@s.test\0"s));
    EXPECT_THAT(told('D'), testing::Contains("Cj\0mx.l.test\0"s));
}

TEST(MilterConversation, LeavesOutWhatTheFilterDoesNotWantToHear) {
    EXPECT_EQ(play({}, negotiated(0, 0x01 | 0x02 | 0x08 | 0x20)).commands, "OMTNBBE");
    EXPECT_EQ(play({}, negotiated(0, 0x10 | 0x40 | 0x200)).commands, "OCHMRRLLE");
    EXPECT_EQ(play({{'B', to_octets('s')}}, negotiated(0, 0x400)).commands, "OCHMRRTLLNBE") << "the rest of the body";
    // What it does not answer is told at once.
    constexpr std::uint32_t mute = 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000;
    const auto quiet = play({{'E', to_octets('r')}}, negotiated(0, mute));
    EXPECT_EQ(quiet.commands, "OCHMRRTLLNBBE");
    EXPECT_EQ(refusal(quiet).code, 550);
    // The blank behind the colon, for signatures.
    const auto whole = play({}, negotiated(0, 0x100000));
    EXPECT_THAT(whole.packets, testing::Contains(Packet{'L', "Subject\0 one\n two\0"s}));
    auto chosen = negotiated();
    chosen = to_octets('O', chosen.substr(5) + number(1) + "{tls_version} j\0"s);
    EXPECT_THAT(play({}, chosen).packets, testing::Contains(Packet{'D', "Hj\0mx.l.test\0{tls_version}\0TLSv1.3\0"s}));
}

TEST(MilterConversation, TheFirstRefusalDecidesForTheMessage) {
    for (const char at : "CHMRTLNBE"s) {
        EXPECT_EQ(refusal(play({{at, to_octets('r')}})).code, 550) << at;
        EXPECT_EQ(refusal(play({{at, to_octets('t')}})).code, 451) << at;
        EXPECT_EQ(refusal(play({{at, to_octets('p') + to_octets('y', "554-5.7.1 Go\r\n554 5.7.1 away\0"s)}})),
                  smtp::Reply(554, "5.7.1", "Go\naway"))
            << at;
        EXPECT_TRUE(play({{at, to_octets('d')}}).outcome->discard) << at;
        EXPECT_EQ(*play({{at, to_octets('a')}}).outcome, Outcome()) << at;
        EXPECT_EQ(play({{at, to_octets('a')}}).commands.back(), at);
    }
}

TEST(MilterConversation, ChangesComeAtTheEnd) {
    const auto all = to_octets('h', "X-A\0b\0"s) + to_octets('i', number(1) + "X-B\0c\n d\0"s) +
                     to_octets('m', number(2) + "Subject\0new\0"s) + to_octets('b', "one ") + to_octets('b', "body") +
                     to_octets('+', "<n@l.test>\0"s) + to_octets('-', "<u@l.test>\0"s) +
                     to_octets('e', "<b@s.test>\0"s) + to_octets('q', "odd\0"s) + to_octets('p') + to_octets('c');
    const auto played = play({{'E', all}});
    ASSERT_TRUE(played.outcome) << played.outcome.error();
    EXPECT_THAT(played.outcome->changes,
                ElementsAre(AddField{"X-A", " b"}, InsertField{1, "X-B", " c\n d"}, ChangeField{2, "Subject", " new"},
                            ReplaceBody{"one body"}, AddRecipient{"<n@l.test>"}, DeleteRecipient{"<u@l.test>"},
                            ChangeSender{"<b@s.test>"}, Quarantine{"odd"}));
    EXPECT_TRUE(play({{'E', to_octets('h', "X-A\0b\0"s) + to_octets('r')}}).outcome->changes.empty());
}

// Whoever does not keep to the protocol has said nothing.
TEST(MilterConversation, HostileFilters) {
    const auto at_end = [](std::string octets) { return play({{'E', octets + to_octets('c')}}).outcome; };
    const std::pair<std::expected<Outcome, std::string>, std::string> cases[] = {
        {at_end("\0\0\0\0"s), "it sends a packet without a command"},
        {at_end("\xff\xff\xff\xff"s + "b"), "it sends a packet that is too long"},
        {at_end(to_octets('y', "999 5.7.1 no\0"s)), "its reply is none that a client could be given"},
        {at_end(to_octets('y', "5\0"s)), "its reply is none that a client could be given"},
        {at_end(to_octets('y', "550 5.7.1 no NUL")), "its reply is none that a client could be given"},
        {at_end(to_octets('m', number(0xffffffff) + "Subject\0x\0"s)),
         "it wants something changed without having said so"},
        {at_end(to_octets('m', "ab")), "it wants something changed and does not say what"},
        {at_end(to_octets('h', "X-A")), "it wants something changed and does not say what"},
        {at_end(to_octets('h', "X-A\0"s)), "it wants something changed without having said so"},
        {at_end(to_octets('+', "<a@b>")), "it wants something changed and does not say what"},
        {at_end(to_octets('?', "x\0"s)), "it says what nobody knows"},
        {play({{'M', to_octets('h', "X-A\0b\0"s)}}).outcome, "it wants something changed before it has heard all"},
        {play({{'M', to_octets('s')}}).outcome, "it skips what cannot be skipped"},
        {play({{'M', to_octets('c') + to_octets('c')}}).outcome, "it answers what it was not asked"},
        {play({{'E', to_octets('b', "x") + to_octets('c')}}, negotiated(0x01)).outcome,
         "it replaces the body without having said so"},
        {play({}, to_octets('c')).outcome, "it does not negotiate"},
        {play({}, to_octets('O', "short")).outcome, "it does not speak a version that is known"},
        {play({}, negotiated(0, 0, 1)).outcome, "it does not speak a version that is known"},
        {play({}, negotiated(0, 0, 7)).outcome, "it does not speak a version that is known"},
        {play({}, negotiated(0x1000)).outcome, "it wants what was not offered"},
        {play({}, to_octets('O', negotiated().substr(5) + "x")).outcome, "its choice of macros cannot be read"},
    };
    for (const auto& [outcome, why] : cases) {
        ASSERT_FALSE(outcome) << why;
        EXPECT_EQ(outcome.error(), why);
    }
    std::string flood;
    for (std::size_t i = 0; i <= most_changes; ++i) flood += to_octets('h', "X\0y\0"s);
    EXPECT_EQ(at_end(flood).error(), "it wants too much changed");
}

TEST(MilterReplyCode, OnlyWhatAClientCanBeTold) {
    const auto text_of = [](std::string_view text) {
        const auto reply = parse_reply_code(text);
        return reply ? reply->wire() : "none";
    };
    EXPECT_EQ(text_of("550 5.7.1 no"), "550 5.7.1 no\r\n");
    // What is no status code (RFC 3463 §2) is text, however it begins.
    EXPECT_EQ(text_of("550 5.7." + std::string(501, '9') + " no").substr(0, 18), "550-5.7.1 5.7.9999");
    EXPECT_EQ(text_of("451 no"), "451 4.7.1 no\r\n");
    EXPECT_EQ(text_of("554"), "554 5.7.1 The message is refused\r\n");
    EXPECT_EQ(text_of("550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n"),
              "550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n");
    EXPECT_EQ(text_of("550 4.7.1 no"), "550 5.7.1 4.7.1 no\r\n") << "another class than the reply's";
    EXPECT_EQ(text_of("550 5.7.1 a\nb\x1b"), "550-5.7.1 a\r\n550 5.7.1 b?\r\n");
    for (const std::string_view text : {"", "5", "55", "250 ok", "354 go on", "999 x", "560 x", "5x0 x", "-50 x",
                                        "550x", "550-5.7.1 a\r\n451 4.7.1 b", "550 a\r\n550 b", "550-a", "550-a\r\nb"})
        EXPECT_EQ(text_of(text), "none") << text;
    EXPECT_EQ(text_of("550 " + std::string(3000, 'x')), "none");
}

}  // namespace
}  // namespace milter
