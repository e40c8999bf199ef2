#include "smtp/login.h"

#include <gtest/gtest.h>

#include "sasl/scram.h"
#include "text/base64.h"

namespace smtp {
namespace {

using sasl::Mechanism;

LoginSettings settings(std::vector<Mechanism> mechanisms = {sasl::client_mechanisms.begin(),
                                                            sasl::client_mechanisms.end()}) {
    return {.user = "user", .password = "pencil", .mechanisms = std::move(mechanisms), .nonce = "c"};
}

std::string base64(std::string_view octets) { return text::to_base64(octets); }
Reply challenge(std::string_view octets) { return {334, "", base64(octets)}; }

// RFC 4954 §4: with the initial response behind the command, where the mechanism has one.
TEST(SmtpLogin, SpeaksPlain) {
    Login login(settings());
    EXPECT_EQ(login.begin({"PLAIN", "LOGIN"}, true, ""), "AUTH PLAIN AHVzZXIAcGVuY2ls\r\n");
    EXPECT_EQ(login.on({235, "2.7.0", "welcome"}), "");
    EXPECT_TRUE(login.is_done());
}

TEST(SmtpLogin, SpeaksLoginWhateverTheQuestions) {
    for (const auto& question : {base64("Username:"), std::string("Username:"), std::string()}) {
        Login login(settings());
        EXPECT_EQ(login.begin({"LOGIN"}, true, ""), "AUTH LOGIN\r\n");
        EXPECT_EQ(login.on({334, "", question}), base64("user") + "\r\n");
        EXPECT_EQ(login.on({334, "", question}), base64("pencil") + "\r\n");
        EXPECT_EQ(login.on({235, "", ""}), "");
        EXPECT_TRUE(login.is_done());
    }
}

// RFC 2195 §2; only where it is allowed.
TEST(SmtpLogin, SpeaksCramMd5WhereItMay) {
    Login login(settings({Mechanism::CramMd5}));
    EXPECT_EQ(login.begin({"CRAM-MD5"}, true, ""), "AUTH CRAM-MD5\r\n");
    EXPECT_NE(login.on(challenge("<1.2@s.test>")), "*\r\n");
    Login other(settings({Mechanism::Plain}));
    const auto begun = other.begin({"CRAM-MD5", "X"}, true, "");
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error(), "The server offers no way of logging in that we may use, only CRAM-MD5 X");
}

// RFC 4954 §4, §9
TEST(SmtpLogin, SaysNothingInTheClearUnlessItMay) {
    Login login(settings());
    const auto begun = login.begin({"PLAIN", "SCRAM-SHA-256"}, false, "");
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error(), "The connection is not encrypted, so we do not log in");
    auto careless = settings({Mechanism::Plain});
    careless.may_be_in_clear = true;
    EXPECT_TRUE(Login(std::move(careless)).begin({"PLAIN"}, false, ""));
}

TEST(SmtpLogin, SaysWhyNot) {
    Login nothing_offered(settings());
    EXPECT_EQ(nothing_offered.begin({}, true, "").error(), "The server does not offer AUTH, so we cannot log in");
    struct Case {
        Reply reply;
        bool is_refused;
    };
    for (const auto& [reply, is_refused] : {Case{{535, "5.7.8", "bad password"}, true},
                                            {{454, "4.7.0", "later"}, false},
                                            {{421, "4.3.2", "closing"}, false},
                                            {{250, "", "what?"}, false}}) {
        Login login(settings());
        ASSERT_TRUE(login.begin({"PLAIN"}, true, ""));
        EXPECT_EQ(login.on(reply), "");
        EXPECT_FALSE(login.is_done());
        EXPECT_EQ(login.is_refused(), is_refused);
        EXPECT_TRUE(login.why_not().starts_with("The server refused our login as user by PLAIN: ")) << login.why_not();
        EXPECT_TRUE(login.why_not().ends_with(reply.text));
        EXPECT_FALSE(login.why_not().contains("pencil"));
    }
}

// In the wild: what a server did not understand, it says again.
TEST(SmtpLogin, TellsNoSecretThatTheServerRepeats) {
    for (const std::string echo : {"what is AUTH PLAIN AHVzZXIAcGVuY2ls?", "no user has the password pencil"}) {
        Login login(settings());
        EXPECT_EQ(login.begin({"PLAIN"}, true, "").value(), "AUTH PLAIN AHVzZXIAcGVuY2ls\r\n");
        EXPECT_EQ(login.on({535, "5.7.8", echo}), "");
        EXPECT_EQ(login.why_not(), "The server refused our login as user by PLAIN: 535 5.7.8");
    }
}

/// A server that knows the password, or only says so.
struct ScramServer {
    std::string first(std::string_view response) {
        const auto text = text::parse_base64(response).value();
        const auto message = sasl::parse_client_first(text).value();
        client_first_bare = sasl::bare(text);
        header = sasl::gs2_header(message);
        server_first = to_text(sasl::ServerFirst{message.nonce + "s", "salt", 4096});
        return server_first;
    }
    std::string last(std::string_view response, std::string_view password) const {
        const auto text = text::parse_base64(response).value();
        const auto keys = sasl::derive_keys(crypto::Digest::Sha256, password, "salt", 4096);
        const auto auth = client_first_bare + "," + server_first + "," + std::string(sasl::without_proof(text));
        return to_text(sasl::ServerFinal{{}, crypto::hmac(crypto::Digest::Sha256, keys.server_key, auth)});
    }
    std::string client_first_bare, server_first, header;
};
std::string_view body(std::string_view line) { return line.substr(0, line.size() - 2); }
std::string_view initial(std::string_view line) { return body(line).substr(line.rfind(' ') + 1); }

// RFC 5802 §3: the server proves that it knows the password; RFC 4954 §4: what it says last is a challenge, too.
TEST(SmtpLogin, WantsTheServersProof) {
    struct Case {
        std::string_view server_knows;
        bool is_good;
    };
    for (const auto& [password, is_good] : {Case{"pencil", true}, {"something else", false}}) {
        Login login(settings());
        ScramServer server;
        const auto begun = login.begin({"SCRAM-SHA-256", "PLAIN"}, true, "");
        const auto response = login.on(challenge(server.first(initial(*begun))));
        const auto last = login.on(challenge(server.last(body(response), password)));
        EXPECT_EQ(last, is_good ? "\r\n" : "*\r\n");
        // Hostile: it lets us in all the same.
        EXPECT_EQ(login.on({235, "", "welcome"}), "");
        EXPECT_EQ(login.is_done(), is_good);
    }
    Login hasty(settings());
    ASSERT_TRUE(hasty.begin({"SCRAM-SHA-256"}, true, ""));
    EXPECT_EQ(hasty.on({235, "", "welcome"}), "");
    EXPECT_FALSE(hasty.is_done());
    EXPECT_FALSE(hasty.is_refused());
}

// RFC 5802 §6, RFC 9266: "p" where it is bound, "y" where the server seems not to, "n" where we may not or cannot.
TEST(SmtpLogin, BindsTheChannel) {
    struct Case {
        std::vector<std::string> offered;
        std::vector<Mechanism> allowed;
        std::string channel;
        std::string_view header;
    };
    const std::vector<Mechanism> all(sasl::client_mechanisms.begin(), sasl::client_mechanisms.end());
    const Case cases[] = {
        {{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}, all, "bound", "p=tls-exporter,,"},
        {{"SCRAM-SHA-256"}, all, "bound", "y,,"},
        {{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}, {Mechanism::ScramSha256}, "bound", "n,,"},
        {{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}, all, "", "n,,"},
    };
    for (const auto& [offered, allowed, channel, header] : cases) {
        Login login(settings(allowed));
        ScramServer server;
        server.first(initial(*login.begin(offered, true, channel)));
        EXPECT_EQ(server.header, header);
    }
}

// Hostile: what is no base64, and questions without end.
TEST(SmtpLogin, CancelsWhatMakesNoSense) {
    Login login(settings());
    ASSERT_TRUE(login.begin({"PLAIN"}, true, ""));
    EXPECT_EQ(login.on({334, "", "!"}), "*\r\n");
    EXPECT_EQ(login.on({334, "", "again"}), "");
    EXPECT_EQ(login.why_not(), "The server does not keep to PLAIN");
    Login endless(settings());
    ASSERT_TRUE(endless.begin({"PLAIN"}, true, ""));
    std::string line;
    for (int i = 0; i < 100 && line != "*\r\n"; ++i) line = endless.on({334, "", ""});
    EXPECT_EQ(line, "*\r\n");
}

}  // namespace
}  // namespace smtp
