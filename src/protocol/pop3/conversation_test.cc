// Conversations as tables: what is said, and how the answer begins. The maildrop in them has three messages, of 10, 20
// and 30 octets; joe's password is "secret".
#include "pop3/conversation.h"

#include <gtest/gtest.h>

#include <set>

#include "lang/overloaded.h"

namespace pop3 {
namespace {

struct Said {
    std::string_view line;
    std::string_view want;  // the answer's beginning
};

class Server {
public:
    explicit Server(Settings settings, std::string_view challenge = {}) : conversation(std::move(settings)) {
        carry_out(conversation.start(challenge));
    }

    std::string say(std::string_view line) {
        heard.clear();
        if (is_open) carry_out(conversation.on(Line{Line::Kind::Whole, line, 0}));
        return heard;
    }
    void carry_out(Step step) {
        std::visit(Overloaded{
                       [&](const Say& say) { heard += say.octets; },
                       [&](const StartTls& start) {
                           heard += start.go_ahead.wire();
                           conversation.on_tls({.password = true, .mechanisms = {"PLAIN"}});
                       },
                       [&](const AskPassword& asked) { log_in(asked.name + "/" + asked.password == "joe/secret"); },
                       [&](const AskMechanism& asked) {
                           if (asked.initial_response)
                               log_in(*asked.initial_response == std::string("\0joe\0secret", 11));
                           else
                               carry_out(conversation.on(Challenge{"who?"}));
                       },
                       [&](const AskApop& asked) { log_in(asked.name + "/" + asked.digest == "joe/of-challenge"); },
                       [&](const AskResponse& asked) { log_in(asked.response == std::string("\0joe\0secret", 11)); },
                       [&](const CancelExchange& cancel) { heard += cancel.reply.wire(), ++cancelled; },
                       [&](const AskCount&) { count(); },
                       [&](const AskOne& asked) {
                           carry_out(conversation.on(Looked{reach(asked.message), text(asked.what, asked.message)}));
                       },
                       [&](const SendAll& all) {
                           heard += all.reply.wire();
                           for (std::uint32_t n = 1; n <= 3; ++n)
                               if (!marked.contains(n)) heard += std::to_string(n) + " " + text(all.what, n) + "\r\n";
                           heard += ".\r\n";
                       },
                       [&](const AskMessage& asked) { carry_out(conversation.on(Fetched{reach(asked.message)})); },
                       [&](const SendMessage& send) { heard += send.reply.wire() + "message\r\n.\r\n"; },
                       [&](const AskMark& asked) {
                           const auto there = reach(asked.message);
                           marked.insert(asked.message);
                           carry_out(conversation.on(Looked{there}));
                       },
                       [&](const AskUnmark&) { marked.clear(), count(); },
                       [&](const AskUpdate&) {
                           deleted = marked;
                           carry_out(conversation.on(Updated{.left = left, .remaining = 3}));
                       },
                       [&](const HangUp& hang_up) { heard += hang_up.farewell.wire(), is_open = false; },
                   },
                   step);
    }

    Conversation conversation;
    Login::Outcome outcome = Login::Outcome::Open;
    std::set<std::uint32_t> marked, deleted;
    std::uint32_t left = 0;
    std::set<std::uint32_t> gone;
    std::string heard;
    int cancelled = 0;
    bool is_open = true;

private:
    void log_in(bool is_right) { carry_out(conversation.on(Login{is_right ? outcome : Login::Outcome::Wrong, 3})); }
    Reach reach(std::uint32_t n) const {
        if (marked.contains(n)) return Reach::Marked;
        return gone.contains(n) ? Reach::Gone : Reach::Here;
    }
    static std::string text(AskOne::What what, std::uint32_t n) {
        return what == AskOne::What::Size ? std::to_string(n * 10) : "id" + std::to_string(n);
    }
    void count() {
        Count sum;
        for (std::uint32_t n = 1; n <= 3; ++n)
            if (!marked.contains(n)) ++sum.messages, sum.octets += n * 10;
        carry_out(conversation.on(sum));
    }
};

Settings with_tls() { return {.hostname = "mx.example.org", .logins = {true, {"PLAIN"}}}; }
Settings before_tls() { return {.hostname = "mx.example.org", .logins = {}, .offers_tls = true}; }

void converse(Server& server, std::initializer_list<Said> table) {
    for (const auto& [line, want] : table) {
        SCOPED_TRACE(line);
        EXPECT_EQ(server.say(line).substr(0, want.size()), want);
    }
}

Server logged_in() {
    Server server(with_tls());
    converse(server, {{"USER joe", "+OK"}, {"PASS secret", "+OK 3 messages"}});
    return server;
}

// RFC 1939 §5
TEST(Pop3Conversation, LooksAtMessages) {
    auto server = logged_in();
    converse(server, {{"STAT", "+OK 3 60\r\n"},
                      {"LIST", "+OK they follow\r\n1 10\r\n2 20\r\n3 30\r\n.\r\n"},
                      {"LIST 2", "+OK 2 20\r\n"},
                      {"UIDL", "+OK they follow\r\n1 id1\r\n2 id2\r\n3 id3\r\n.\r\n"},
                      {"UIDL 3", "+OK 3 id3\r\n"},
                      {"UIDL 4", "-ERR not that many messages"},
                      {"RETR 1", "+OK here it is\r\nmessage\r\n.\r\n"},
                      {"TOP 1 5", "+OK here it is\r\n"},
                      {"NOOP", "+OK"},
                      {"QUIT", "+OK"}});
    EXPECT_TRUE(server.deleted.empty());
    EXPECT_FALSE(server.is_open);
}

// RFC 1939 §5: marked messages are not there any more; RSET brings them back; §6: QUIT deletes.
TEST(Pop3Conversation, DeletesAtQuitAlone) {
    auto server = logged_in();
    converse(server, {{"DELE 1", "+OK"},
                      {"DELE 1", "-ERR message already deleted"},
                      {"RETR 1", "-ERR message already deleted"},
                      {"LIST 1", "-ERR message already deleted"},
                      {"STAT", "+OK 2 50"},
                      {"UIDL", "+OK they follow\r\n2 id2\r\n3 id3\r\n.\r\n"},
                      {"RSET", "+OK 3"},
                      {"STAT", "+OK 3 60"},
                      {"DELE 2", "+OK"}});
    EXPECT_TRUE(server.deleted.empty());
    converse(server, {{"QUIT", "+OK"}});
    EXPECT_EQ(server.deleted, std::set<std::uint32_t>{2});
}

// RFC 1939 §6
TEST(Pop3Conversation, TellsWhatCouldNotBeDeleted) {
    auto server = logged_in();
    server.left = 2;
    converse(server, {{"DELE 1", "+OK"}, {"QUIT", "-ERR [SYS/TEMP] 2 deleted messages could not be removed"}});
    EXPECT_FALSE(server.is_open);
}

// RFC 1939 §3, §5
TEST(Pop3Conversation, RefusesNumbersThatAreNone) {
    auto server = logged_in();
    for (const char* line : {"RETR 0", "RETR 4", "RETR -1", "RETR 99999999999999999999", "TOP 1 -1", "TOP 4 1",
                             "LIST x", "DELE 4", "DELE 0", "UIDL 0"})
        EXPECT_TRUE(server.say(line).starts_with("-ERR")) << line;
    server.gone = {2};
    converse(server, {{"RETR 2", "-ERR somebody else"}, {"RETR 1", "+OK"}});
}

// RFC 1081: the highest number that was looked at.
TEST(Pop3Conversation, LastIsTheHighest) {
    auto server = logged_in();
    converse(server, {{"LAST", "+OK 0"},
                      {"RETR 2", "+OK"},
                      {"RETR 1", "+OK"},
                      {"TOP 3 0", "+OK"},
                      {"LAST", "+OK 2"},
                      {"DELE 3", "+OK"},
                      {"LAST", "+OK 3"},
                      {"RSET", "+OK"},
                      {"LAST", "+OK 0"}});
}

// RFC 1939 §4
TEST(Pop3Conversation, EverythingHasItsTime) {
    Server server(with_tls());
    for (const char* line :
         {"STAT", "LIST", "UIDL", "RETR 1", "TOP 1 1", "DELE 1", "NOOP", "RSET", "LAST", "PASS secret"})
        EXPECT_TRUE(server.say(line).starts_with("-ERR")) << line;
    converse(server, {{"USER joe", "+OK"}, {"CAPA", "+OK"}, {"PASS secret", "+OK"}});
    for (const char* line : {"USER joe", "PASS secret", "APOP a b", "AUTH PLAIN", "STLS", "UTF8"})
        EXPECT_TRUE(server.say(line).starts_with("-ERR")) << line;
    Server other(with_tls());
    converse(other, {{"QUIT", "+OK goodbye"}});
    EXPECT_FALSE(other.is_open);
}

// RFC 1939 §7
TEST(Pop3Conversation, ApopTakesTheChallengeOfTheGreetingOnce) {
    Server server(with_tls(), "<1896.697170952@dbc.mtview.ca.us>");
    EXPECT_EQ(server.heard, "+OK mx.example.org POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n");
    converse(server, {{"AUTH APOP", "-ERR no such mechanism"},
                      {"APOP joe of-another", "-ERR [AUTH] that is not right"},
                      {"APOP joe of-challenge", "-ERR APOP is not offered"},
                      {"USER joe", "+OK"},
                      {"PASS secret", "+OK 3 messages"}});
    Server right(with_tls(), "<1@h>");
    converse(right, {{"USER joe", "+OK"},
                     {"PASS wrong", "-ERR [AUTH]"},
                     {"APOP joe of-challenge", "+OK 3 messages"},
                     {"APOP joe of-challenge", "-ERR you are logged in"},
                     {"STAT", "+OK 3 60"}});
    Server without(with_tls());
    EXPECT_EQ(without.heard, "+OK mx.example.org POP3 server ready\r\n");
    converse(without, {{"APOP joe of-challenge", "-ERR APOP is not offered"}});
}

// RFC 1939 §7, §13; RFC 3206 §4; RFC 2449 §8.1.2: the answer does not tell whether there is such a user.
TEST(Pop3Conversation, LoginsThatFail) {
    Server server(with_tls());
    converse(server, {{"USER joe", "+OK"},
                      {"PASS wrong", "-ERR [AUTH] that is not right"},
                      {"PASS secret", "-ERR USER first"},
                      {"USER nobody", "+OK"},
                      {"PASS x", "-ERR [AUTH] that is not right"},
                      {"USER joe", "+OK"},
                      {"PASS wrong", "-ERR [AUTH]"}});
    EXPECT_FALSE(server.is_open);

    struct Case {
        Login::Outcome outcome;
        std::string_view want;
        bool stays = true;
    };
    for (const auto& [outcome, want, stays] :
         {Case{Login::Outcome::InUse, "-ERR [IN-USE]"}, Case{Login::Outcome::Later, "-ERR [SYS/TEMP]"},
          Case{Login::Outcome::Unavailable, "-ERR [SYS/PERM]"}, Case{Login::Outcome::Malformed, "-ERR [AUTH]"},
          Case{Login::Outcome::NotOffered, "-ERR no such"}, Case{Login::Outcome::Abusive, "-ERR [SYS/TEMP]", false}}) {
        Server another(with_tls());
        another.outcome = outcome;
        converse(another, {{"USER joe", "+OK"}, {"PASS secret", want}, {"STAT", stays ? "-ERR log in first" : ""}});
        EXPECT_EQ(another.is_open, stays);
    }
}

// RFC 5034 §4, §5
TEST(Pop3Conversation, Auth) {
    Server server(with_tls());
    converse(server, {{"AUTH", "+OK mechanisms follow\r\nPLAIN\r\n.\r\n"},
                      {"AUTH GSSAPI", "-ERR"},
                      {"AUTH PLAIN", "+ d2hvPw==\r\n"},
                      {"*", "-ERR"},
                      {"STAT", "-ERR log in first"},
                      {"AUTH PLAIN", "+ "},
                      {"!!!", "-ERR that is not base64"},
                      {"AUTH PLAIN", "+ "},
                      {"AGpvZQBzZWNyZXQ=", "+OK 3 messages"},
                      {"STAT", "+OK"}});
    EXPECT_EQ(server.cancelled, 2);
    Server other(with_tls());
    converse(other, {{"AUTH PLAIN AGpvZQBzZWNyZXQ=", "+OK 3"}});
    Server third(with_tls());
    converse(third, {{"AUTH PLAIN AGpvZQB4eHh4eHg=", "-ERR [AUTH]"}, {"AUTH PLAIN", "+ "}});
    third.heard.clear();
    third.carry_out(third.conversation.on(Line{Line::Kind::TooLong, "", 0}));
    EXPECT_EQ(third.heard.substr(0, 4), "-ERR");
    converse(third, {{"NOOP", "-ERR log in"}});
}

// RFC 8314 §3, RFC 2595 §4: no passwords before TLS; what was said before it counts no more.
TEST(Pop3Conversation, NoPasswordsInTheClear) {
    Server server(before_tls());
    EXPECT_EQ(server.say("CAPA").find("USER"), std::string::npos);
    EXPECT_EQ(server.say("CAPA").find("SASL"), std::string::npos);
    converse(server, {{"USER joe", "-ERR [AUTH]"},
                      {"PASS secret", "-ERR [AUTH]"},
                      {"AUTH PLAIN", "-ERR [AUTH]"},
                      {"STLS", "+OK"},
                      {"STLS", "-ERR"},
                      {"USER joe", "+OK"},
                      {"PASS secret", "+OK 3"}});
    auto both = before_tls();
    both.logins.password = true;
    Server other(both);
    converse(other, {{"USER joe", "+OK"}, {"STLS", "+OK"}, {"PASS secret", "-ERR USER first"}});
    Server third(before_tls());
    converse(third, {{"UTF8", "+OK"}, {"STLS", "-ERR"}});  // RFC 6856 §2.1
    Server without(with_tls());
    converse(without, {{"STLS", "-ERR"}});
}

// RFC 2449 §5, §6: what is there is told; STLS only as long as it may come.
TEST(Pop3Conversation, Capabilities) {
    Server server(before_tls());
    EXPECT_EQ(server.say("CAPA"),
              "+OK capabilities follow\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
              "UTF8\r\nLANG\r\nSTLS\r\n.\r\n");
    server.say("STLS");
    const auto behind = server.say("CAPA");
    EXPECT_EQ(behind.find("STLS"), std::string::npos);
    EXPECT_NE(behind.find("USER\r\nSASL PLAIN\r\n"), std::string::npos);
    EXPECT_EQ(behind.find("IMPLEMENTATION"), std::string::npos);
    converse(server, {{"USER joe", "+OK"}, {"PASS secret", "+OK"}});
    EXPECT_NE(server.say("CAPA").find("IMPLEMENTATION"), std::string::npos);
}

// RFC 6856 §3
TEST(Pop3Conversation, Languages) {
    Server server(with_tls());
    converse(server, {{"LANG", "+OK languages follow\r\nen English\r\n.\r\n"},
                      {"LANG en-GB", "+OK en"},
                      {"LANG *", "+OK en"},
                      {"LANG tlh", "-ERR"}});
}

TEST(Pop3Conversation, EndsAfterManyErrors) {
    Server server(with_tls());
    int answers = 0;
    while (server.is_open && answers < 50) server.say("HELO"), ++answers;
    EXPECT_EQ(answers, static_cast<int>(most_errors));
}

// RFC 2449 §4
TEST(Pop3Conversation, OverlongLinesAreErrors) {
    Server server(with_tls());
    server.carry_out(server.conversation.on(Line{Line::Kind::TooLong, "", 0}));
    EXPECT_TRUE(server.is_open);
    server.carry_out(server.conversation.on(Line{Line::Kind::Flood, "", 0}));
    EXPECT_FALSE(server.is_open);
}

TEST(Pop3Conversation, AMaildropThatIsLostEndsIt) {
    auto server = logged_in();
    server.say("DELE 1");
    server.carry_out(server.conversation.on_loss());
    EXPECT_FALSE(server.is_open);
    EXPECT_TRUE(server.deleted.empty());
    const auto farewell = [](bool has_quit) {
        auto other = logged_in();
        other.say("STAT");
        auto& conversation = other.conversation;
        if (has_quit)
            EXPECT_TRUE(std::holds_alternative<AskUpdate>(conversation.on(Line{Line::Kind::Whole, "QUIT", 4})));
        return std::get<HangUp>(conversation.on_loss()).farewell.wire();
    };
    EXPECT_NE(farewell(false).find("nothing was deleted"), std::string::npos);
    EXPECT_EQ(farewell(true).find("nothing was deleted"), std::string::npos) << "that is not known";
    EXPECT_TRUE(farewell(true).starts_with("-ERR [SYS/TEMP] ")) << farewell(true);
}

}  // namespace
}  // namespace pop3
