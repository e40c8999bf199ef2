#include "directory/logins.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "crypto/signing_key.h"
#include "directory/testing/known_credentials.h"
#include "sasl/client.h"
#include "text/base64.h"
#include "text/hex.h"

namespace directory {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using enum LoginStep::Outcome;

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now = clocks::Steady(1000h);
};

/// Answers when it is told to.
struct SlowIssuer final : TokenIssuer {
    void renew_keys(std::function<void(bool is_reached)> tell) override { renewals.push_back(std::move(tell)); }
    void introspect(std::string token, std::function<void(const std::optional<std::string>&)> tell) override {
        tokens.push_back(std::move(token));
        introspections.push_back(std::move(tell));
    }
    std::vector<std::function<void(bool)>> renewals;
    std::vector<std::string> tokens;
    std::vector<std::function<void(const std::optional<std::string>&)>> introspections;
};

struct LoginsOfClients : ::testing::Test {
    SlowIssuer issuer;
    SetClock clock;
    std::string log_file = ::testing::TempDir() + "logins_test_" + std::to_string(::getpid());
    logs::Log log{
        clock, {}, {file::Descriptor(::open(log_file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)), {}}};
    directory::testing::SlowCheckers checkers;
    std::vector<std::pair<std::chrono::milliseconds, std::move_only_function<void()>>> later;
    site::Login settings;
    std::optional<Logins> logins;
    std::vector<LoginStep> heard;
    const Logins::Asker smtpd{process::Role::Smtpd, 0};
    std::uint64_t last_ticket = 0;

    LoginsOfClients() { start(); }
    ~LoginsOfClients() override { ::unlink(log_file.c_str()); }
    void start() {
        logins.emplace(
            Logins::Surroundings{.log = log,
                                 .clock = clock,
                                 .checkers = checkers,
                                 .nonce = [] { return "0nonce0"; },
                                 .after = [this](auto delay, auto then) { later.emplace_back(delay, std::move(then)); },
                                 .secret = "secret",
                                 .issuer = &issuer},
            "l.test", settings, 4096);
        logins->use({.submission = true, .pop3 = false});
    }

    std::uint64_t begin(std::string mechanism, std::optional<std::string> initial = std::nullopt,
                        BeginLogin message = {.client = "192.0.2.1", .is_encrypted = true}) {
        message.ticket = ++last_ticket;
        message.mechanism = std::move(mechanism);
        message.initial = std::move(initial);
        const auto ticket = message.ticket;
        logins->begin(smtpd, std::move(message), [this](const LoginStep& step) { heard.push_back(step); });
        return ticket;
    }
    void say(std::uint64_t exchange, std::string response) {
        logins->proceed(smtpd, {.ticket = ++last_ticket, .exchange = exchange, .response = std::move(response)},
                        [this](const LoginStep& step) { heard.push_back(step); });
    }
    /// Everything that goes on by itself, delays included.
    LoginStep::Outcome last() {
        for (;;) {
            checkers.work();
            if (later.empty()) break;
            auto then = std::move(later.front().second);
            later.erase(later.begin());
            then();
        }
        EXPECT_FALSE(heard.empty());
        return heard.empty() ? Later : heard.back().outcome;
    }
    std::string logged() {
        log.flush();
        std::string text(100'000, '\0');
        const file::Descriptor in(::open(log_file.c_str(), O_RDONLY | O_CLOEXEC));
        const auto length = ::read(in.get(), text.data(), text.size());
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
        return text;
    }
};

TEST_F(LoginsOfClients, AGoodPasswordIsAnAccount) {
    begin("plain", "\0ann@virtual.test\0pencil"s);
    EXPECT_TRUE(heard.empty());
    EXPECT_EQ(last(), Success);
    EXPECT_EQ(heard.back().account, "ann@virtual.test");
    EXPECT_EQ(heard.back().address, "ann@virtual.test");
    EXPECT_EQ(heard.back().ticket, 1u);
    EXPECT_EQ(logins->open(), 0u);
}

// What is told of an unknown user and of a wrong password is the same, at the same time, after the same work.
TEST_F(LoginsOfClients, AWrongPasswordAndNobodyAreTheSame) {
    std::vector<LoginStep> told;
    std::vector<int> work;
    std::vector<std::chrono::milliseconds> delays;
    int client = 0;
    for (const auto& message : {"\0ann@virtual.test\0wrong"s, "\0nobody@virtual.test\0pencil"s}) {
        begin("PLAIN", message, {.client = "192.0.2." + std::to_string(++client), .is_encrypted = true});
        checkers.work();
        EXPECT_EQ(later.size(), 1u);
        delays.push_back(later.front().first);
        work.push_back(std::exchange(checkers.credentials.checks, 0));
        EXPECT_EQ(last(), Rejected);
        heard.back().ticket = 0;
        told.push_back(heard.back());
    }
    EXPECT_EQ(told[0], told[1]);
    EXPECT_EQ(work[0], work[1]);
    EXPECT_EQ(delays[0], delays[1]);
    EXPECT_EQ(delays[0], 1s);
    const auto text = logged();
    EXPECT_NE(text.find("AUTH refused to 192.0.2.1: 535 5.7.8"), std::string::npos) << text;
    EXPECT_NE(text.find("account=ann@virtual.test"), std::string::npos) << text;
    for (const auto* secret : {"wrong", "pencil", "nobody"}) EXPECT_EQ(text.find(secret), std::string::npos) << text;
}

// RFC 5802: the client proves that it knows the password, and hears that we do.
TEST_F(LoginsOfClients, ScramGoesThrough) {
    const auto client =
        sasl::make_client(sasl::Mechanism::ScramSha256, {.user = "u", .password = "secret", .nonce = "c"});
    const auto exchange = begin("SCRAM-SHA-256", client->first());
    ASSERT_EQ(last(), Challenge);
    say(exchange, client->on_challenge(heard.back().octets).value());
    ASSERT_EQ(last(), Challenge);
    say(exchange, client->on_challenge(heard.back().octets).value());
    EXPECT_EQ(last(), Success);
    EXPECT_EQ(heard.back().account, "u");
    EXPECT_EQ(heard.back().address, "u@l.test");
    EXPECT_TRUE(client->is_satisfied());
}

TEST_F(LoginsOfClients, ScramOfNobodyLooksLikeThatOfSomebody) {
    begin("SCRAM-SHA-256", "n,,n=nobody,r=c");
    EXPECT_EQ(last(), Challenge);
    const auto first = heard.back().octets;
    EXPECT_TRUE(first.starts_with("r=c0nonce0,s=") && first.ends_with(",i=4096")) << first;
    start();
    begin("SCRAM-SHA-256", "n,,n=Nobody,r=c");
    EXPECT_EQ(last(), Challenge);
    EXPECT_EQ(heard.back().octets, first) << "in any case, and after a restart";
    say(last_ticket, "c=biws,r=c0nonce0,p=" + std::string(43, 'A') + "=");
    EXPECT_EQ(last(), Rejected);
}

TEST_F(LoginsOfClients, OffersWhatTheSettingsAndTheConnectionAllow) {
    const BeginLogin open{.client = "192.0.2.1"};
    const BeginLogin bound{.client = "192.0.2.1", .is_encrypted = true, .channel = std::string(32, 'x')};
    const struct {
        std::string mechanism;
        const BeginLogin& message;
        LoginStep::Outcome want;
    } cases[] = {
        {"PLAIN", open, NotOffered},        {"LOGIN", open, NotOffered},
        {"SCRAM-SHA-256", open, Challenge}, {"SCRAM-SHA-256-PLUS", open, NotOffered},
        {"PLAIN", bound, Challenge},        {"SCRAM-SHA-256-PLUS", bound, Challenge},
        {"SCRAM-SHA-1", bound, NotOffered}, {"CRAM-MD5", bound, NotOffered},
        {"EXTERNAL", bound, NotOffered},    {"OAUTHBEARER", bound, NotOffered},
        {"NTLM", bound, NotOffered},        {"", bound, NotOffered},
    };
    for (const auto& [mechanism, message, want] : cases) {
        begin(mechanism, std::nullopt, message);
        EXPECT_EQ(last(), want) << mechanism;
    }
    // Hostile: somebody between us took -PLUS out of our offer.
    begin("SCRAM-SHA-256", "y,,n=u,r=c", bound);
    EXPECT_EQ(last(), Rejected);
    settings.mechanisms = {sasl::Mechanism::CramMd5, sasl::Mechanism::External, sasl::Mechanism::OauthBearer};
    logins->use("l.test", settings, 4096);
    begin("CRAM-MD5", std::nullopt, open);
    EXPECT_EQ(last(), Challenge);
    begin("OAUTHBEARER", std::nullopt, bound);
    EXPECT_EQ(last(), NotOffered);
    begin("EXTERNAL", "", {.client = "192.0.2.1", .is_encrypted = true, .certificate = "u"});
    EXPECT_EQ(last(), Success);
    begin("EXTERNAL", "ann@virtual.test", {.client = "192.0.2.1", .is_encrypted = true, .certificate = "u"});
    EXPECT_EQ(last(), Rejected);
}

// RFC 1939 §7: by setting, and to readers of mail alone.
TEST_F(LoginsOfClients, ApopIsForPop3) {
    BeginLogin reads{.purpose = Purpose::Pop3, .client = "192.0.2.1", .is_encrypted = true};
    begin("APOP", std::nullopt, reads);
    EXPECT_EQ(last(), NotOffered);
    settings.mechanisms = {sasl::Mechanism::Apop};
    logins->use("l.test", settings, 4096);
    begin("APOP");
    EXPECT_EQ(last(), NotOffered);
    for (const auto& [password, want] : {std::pair("secret", Success), std::pair("guess", Rejected)}) {
        const auto exchange = begin("APOP", std::nullopt, reads);
        EXPECT_EQ(last(), Challenge);
        say(exchange, "u " + text::to_hex(crypto::digest(crypto::Digest::Md5, heard.back().octets + password)));
        EXPECT_EQ(last(), want) << password;
    }
}

TEST_F(LoginsOfClients, TooMuchToDoIsLater) {
    checkers.most = 2;
    for (int i = 0; i < 3; ++i) begin("PLAIN", "\0u\0secret"s);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].outcome, Later);
    EXPECT_EQ(last(), Success);
    EXPECT_EQ(heard.size(), 3u);
    checkers.credentials.is_down = true;
    begin("PLAIN", "\0u\0secret"s);
    EXPECT_EQ(last(), Later);
    EXPECT_EQ(logins->open(), 0u);
}

// Hostile: while there is too much to do, or the database is away, a guess counts as it always does; and nobody hears
// of it sooner or later than else, whether the account exists or not.
TEST_F(LoginsOfClients, AWrongProofCountsWhateverElseFails) {
    for (const bool is_full : {true, false})
        for (const std::string user : {"u", "nobody"}) {
            SCOPED_TRACE(user);
            start();
            checkers.most = 1000;
            checkers.credentials.is_down = false;
            for (int i = 0; i < 10; ++i) {
                const auto exchange = begin("SCRAM-SHA-256", "n,,n=" + user + ",r=c");
                ASSERT_EQ(last(), Challenge);
                checkers.most = is_full ? 0 : 1000;
                checkers.credentials.is_down = !is_full;
                say(exchange, "c=biws,r=c0nonce0,p=" + std::string(43, 'A') + "=");
                ASSERT_EQ(later.size(), 1u) << "at once, whatever is looked up beside";
                EXPECT_EQ(later.front().first, std::min<std::chrono::seconds>(5s, i == 9 ? 1s : (i + 1) * 1s));
                EXPECT_EQ(last(), Rejected);
                checkers.most = 1000;
                checkers.credentials.is_down = false;
            }
            begin("PLAIN", "\0u\0secret"s);
            EXPECT_EQ(last(), Banned);
        }
}

// Hostile: strangers who fill their queue keep nobody from sending who has logged in, nor one who has proved himself.
TEST_F(LoginsOfClients, StrangersKeepNobodyElseWaiting) {
    const auto client =
        sasl::make_client(sasl::Mechanism::ScramSha256, {.user = "u", .password = "secret", .nonce = "c"});
    const auto exchange = begin("SCRAM-SHA-256", client->first());
    ASSERT_EQ(last(), Challenge);
    checkers.most = 1;
    begin("PLAIN", "\0u\0secret"s, {.client = "192.0.2.2", .is_encrypted = true});
    begin("PLAIN", "\0u\0secret"s, {.client = "192.0.2.2", .is_encrypted = true});
    ASSERT_EQ(heard.back().outcome, Later);
    std::optional<Logins::Standing> standing;
    logins->look_at("u", 1, [&](Logins::Standing told) { standing = told; });
    say(exchange, client->on_challenge(heard[0].octets).value());
    say(exchange, client->on_challenge(heard.back().octets).value());
    last();
    EXPECT_EQ(standing, Logins::Standing::Good);
    EXPECT_EQ(std::ranges::count(heard, Success, &LoginStep::outcome), 2);
}

TEST_F(LoginsOfClients, ASuccessIsWrittenDown) {
    begin("PLAIN", "\0ann@virtual.test\0pencil"s);
    EXPECT_EQ(last(), Success);
    begin("PLAIN", "\0ann@virtual.test\0wrong"s);
    EXPECT_EQ(last(), Rejected);
    const auto text = logged();
    const std::string_view sentence = "ann@virtual.test logged in from 192.0.2.1 by PLAIN, for submission";
    const auto at = text.find(sentence);
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_EQ(text.find("logged in", at + sentence.size()), std::string::npos) << text;
    for (const auto* secret : {"wrong", "pencil"}) EXPECT_EQ(text.find(secret), std::string::npos) << text;
}

// RFC 4954 §4: the client may give up; and it may be gone.
TEST_F(LoginsOfClients, WhatIsAbandonedIsForgotten) {
    const auto first = begin("LOGIN");
    begin("LOGIN");
    EXPECT_EQ(logins->open(), 2u);
    logins->abandon(smtpd, {first});
    EXPECT_EQ(logins->open(), 1u);
    say(first, "u");
    EXPECT_EQ(last(), Later) << "there is no such exchange any more";
    begin("PLAIN", "\0u\0secret"s);
    const auto before = heard.size();
    logins->forget(smtpd);
    checkers.work();
    EXPECT_EQ(heard.size(), before) << "nobody is there to hear it";
    EXPECT_EQ(logins->open(), 0u);
}

// Hostile: an smtpd that was broken into.
TEST_F(LoginsOfClients, AnAskerHasItsBounds) {
    for (std::size_t i = 0; i < Logins::most_of_an_asker; ++i) begin("LOGIN");
    EXPECT_EQ(heard.back().outcome, Challenge);
    begin("LOGIN");
    EXPECT_EQ(heard.back().outcome, Later);
    clock.now += 11min;
    begin("LOGIN");
    EXPECT_EQ(heard.back().outcome, Challenge) << "the others took too long";
    say(last_ticket, std::string(20'000, 'x'));
    EXPECT_EQ(heard.back().outcome, Malformed);
    begin("PLAIN", std::string(20'000, 'x'));
    EXPECT_EQ(heard.back().outcome, Malformed);
    begin("PLAIN", "\0u\0secret"s, {.client = "nowhere", .is_encrypted = true});
    EXPECT_EQ(heard.back().outcome, Malformed);
    const auto exchange = begin("PLAIN", "\0u\0secret"s);
    say(exchange, "again");
    EXPECT_EQ(heard.back().outcome, Later) << "it is not the client's turn";
    EXPECT_EQ(last(), Success);
}

TEST_F(LoginsOfClients, GuessingEndsInABan) {
    for (int i = 0; i < 10; ++i) {
        begin("PLAIN", "\0u\0guess"s + std::to_string(i));
        EXPECT_EQ(last(), Rejected);
    }
    begin("PLAIN", "\0u\0secret"s);
    EXPECT_EQ(last(), Banned);
    begin("PLAIN", "\0u\0secret"s, {.client = "192.0.2.2", .is_encrypted = true});
    EXPECT_EQ(last(), Success);
    const auto text = logged();
    EXPECT_NE(text.find("too many failed logins from 192.0.2.1, the last one by PLAIN for submission: 192.0.2.1/32 is "
                        "banned for 10m (`hermod ban lift 192.0.2.1/32` ends it)"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("is banned for"), text.rfind("is banned for")) << "it is said once";
    EXPECT_EQ(logins->failures().lift(*ip::parse_network("192.0.2.1"), clock.now), 1u);
    begin("PLAIN", "\0u\0secret"s);
    EXPECT_EQ(last(), Success);
}

// Not a try at all: what is no message of the mechanism, and a ticket that expires in between.
TEST_F(LoginsOfClients, MalformedIsSaidAtOnce) {
    begin("PLAIN", "nonsense");
    EXPECT_EQ(heard.back().outcome, Malformed);
    EXPECT_TRUE(later.empty());
}

TEST_F(LoginsOfClients, ALoginHoldsAsLongAsThePassword) {
    std::vector<Logins::Standing> told;
    const auto look = [&](std::uint64_t stamp) {
        logins->look_at("u", stamp, [&](Logins::Standing standing) { told.push_back(standing); });
        checkers.work();
    };
    using enum Logins::Standing;
    look(1);
    checkers.credentials.stamp = 2;
    look(1);
    look(2);
    checkers.credentials.disabled.insert("u");
    look(2);
    checkers.credentials.is_down = true;
    look(2);
    checkers.most_members = 0;
    look(2);
    EXPECT_EQ(told, (std::vector{Good, Gone, Good, Gone, Unknown, Unknown}));
    checkers.most_members = 10;
    checkers.credentials.is_down = false;
    begin("PLAIN", "\0u\0secret"s);
    EXPECT_EQ(last(), Rejected) << "disabled";
}

// ---- tokens

std::string bearer(const std::string& token) {
    return "n,,\x01"
           "auth=Bearer " +
           token + "\x01\x01";
}

/// Signs for its users, who are those that the credentials know.
struct Signer {
    explicit Signer(std::string name) : id(std::move(name)) {}
    std::string set() const {
        const auto [x, y] = key.public_numbers();
        return R"({"keys":[{"kty":"EC","crv":"P-256","kid":")" + id + R"(","x":")" + text::to_base64url(x) +
               R"(","y":")" + text::to_base64url(y) + "\"}]}";
    }
    std::string token(const std::string& user) const {
        const auto said = text::to_base64url(R"({"alg":"ES256","kid":")" + id + "\"}") + "." +
                          text::to_base64url(R"({"iss":"i","aud":"a","exp":1000,"email":")" + user + "\"}");
        return said + "." + text::to_base64url(key.sign(said));
    }
    std::string id;
    crypto::SigningKey key = crypto::SigningKey::make(crypto::SigningKey::Kind::P256);
};

struct LoginsByToken : LoginsOfClients {
    void begin_with(const std::function<void(site::LoginTokens&)>& change) {
        settings.tokens.issuer = "i";
        settings.tokens.audience = "a";
        change(settings.tokens);
        start();
    }
    void log_in(const std::string& token) { begin("OAUTHBEARER", bearer(token)); }
    /// Of one that was not refused with a challenge, which says why (RFC 7628 §3.2.2).
    LoginStep::Outcome said() {
        const auto outcome = last();
        if (outcome != Challenge) return outcome;
        say(last_ticket, "\x01");
        return last();
    }
    Signer old{"1"}, fresh{"2"};
};

TEST_F(LoginsByToken, AnUnknownKeyIsAskedForOnce) {
    begin_with([](auto& tokens) { tokens.keys_url = "https://id.test/keys"; });
    log_in(old.token("u"));
    ASSERT_EQ(issuer.renewals.size(), 1u);
    EXPECT_TRUE(heard.empty());
    logins->use_issuer_keys(old.set());
    issuer.renewals[0](true);
    EXPECT_EQ(said(), Success);
    log_in(old.token("u"));
    EXPECT_EQ(said(), Success);
    EXPECT_EQ(issuer.renewals.size(), 1u);
    log_in(fresh.token("u"));
    ASSERT_EQ(issuer.renewals.size(), 2u);
    issuer.renewals[1](true);  // and there is no other
    EXPECT_EQ(said(), Rejected);
    logins->use_issuer_keys("no keys at all");
    log_in(old.token("u"));
    EXPECT_EQ(said(), Success);
    logins->use_issuer_keys(fresh.set());
    log_in(fresh.token("u"));
    EXPECT_EQ(said(), Success);
    EXPECT_EQ(issuer.renewals.size(), 2u);
}

// Hostile: what no key could make good is no reason to ask.
TEST_F(LoginsByToken, NonsenseIsNoReasonToAskForKeys) {
    begin_with([](auto& tokens) { tokens.keys_url = "https://id.test/keys"; });
    logins->use_issuer_keys(old.set());
    for (const std::string& token :
         {"opaque"s, "x.y.z"s, text::to_base64url(R"({"alg":"none","kid":"9"})") + "." + text::to_base64url("{}") + ".",
          text::to_base64url(R"({"alg":"ES256"})") + "." + text::to_base64url("{}") + ".eHg"}) {
        log_in(token);
        EXPECT_EQ(said(), Rejected) << token;
    }
    EXPECT_TRUE(issuer.renewals.empty());
    EXPECT_TRUE(issuer.tokens.empty());
}

// RFC 7628 §3.2.3. Hostile: clients that leave when they hear it, which would try for ever.
TEST_F(LoginsByToken, ABadOneCountsOnceWhetherOrNotTheClientHearsItToTheEnd) {
    begin_with([](auto& tokens) { tokens.keys_url = "https://id.test/keys"; });
    logins->use_issuer_keys(old.set());
    const auto failures = [&] {
        last();
        const auto text = logged();
        int count = 0;
        for (auto at = text.find("the login failed"); at != text.npos; at = text.find("the login failed", at + 1))
            ++count;
        return count;
    };
    log_in("bad");
    EXPECT_EQ(last(), Challenge);
    logins->abandon(smtpd, {last_ticket});
    EXPECT_EQ(failures(), 1);
    EXPECT_EQ(logins->open(), 0u);
    log_in("bad");
    EXPECT_EQ(said(), Rejected);
    logins->abandon(smtpd, {last_ticket});
    EXPECT_EQ(failures(), 2);
    log_in("bad");
    EXPECT_EQ(last(), Challenge);
    const auto exchange = last_ticket;
    say(exchange, "\x01");  // it leaves while its answer is held back
    logins->abandon(smtpd, {exchange});
    EXPECT_EQ(failures(), 3);
    log_in(old.token("u"));
    EXPECT_EQ(said(), Success);
    EXPECT_EQ(failures(), 3);
}

TEST_F(LoginsByToken, WhatTheIssuerCannotSayIsNeitherYesNorNo) {
    begin_with([](auto& tokens) {
        tokens.keys_url = "https://id.test/keys";
        tokens.introspection = "https://id.test/introspect";
    });
    log_in(old.token("u"));
    issuer.renewals[0](false);
    EXPECT_EQ(last(), Later);
    for (const std::optional<std::string>& json :
         {std::optional<std::string>(), std::optional("nonsense"s), std::optional(R"({"active":"true"})"s)}) {
        log_in("opaque");
        issuer.introspections.back()(json);
        EXPECT_EQ(last(), Later);
    }
    EXPECT_EQ(logged().find("the login failed"), std::string::npos);
}

// RFC 7662 §2.2
TEST_F(LoginsByToken, OpaqueTokensAreTheIssuersToJudge) {
    begin_with([](auto& tokens) { tokens.introspection = "https://id.test/introspect"; });
    log_in("opaque");
    ASSERT_EQ(issuer.tokens, std::vector{"opaque"s});
    issuer.introspections[0](R"({"active":true,"aud":"a","email":"u"})");
    EXPECT_EQ(said(), Success);
    for (const char* json : {R"({"active":false})", R"({"active":true,"aud":"b","email":"u"})",
                             R"({"active":true,"aud":"a","email":"u","exp":-100})", R"({"active":true,"aud":"a"})"}) {
        log_in("opaque");
        issuer.introspections.back()(json);
        EXPECT_EQ(said(), Rejected) << json;
    }
    log_in(old.token("u"));  // there are no keys: he is asked about these, too
    ASSERT_EQ(issuer.tokens.size(), 6u);
    issuer.introspections.back()(R"({"active":true,"aud":"a","email":"u"})");
    EXPECT_EQ(said(), Success);
}

TEST_F(LoginsByToken, SignedOnesAreAskedAboutWhereThatIsWanted) {
    for (const auto which : {site::Introspect::Opaque, site::Introspect::All}) {
        issuer.introspections.clear();
        begin_with([&](auto& tokens) {
            tokens.keys_text = old.set();
            tokens.keys = "/keys";
            tokens.introspection = "https://id.test/introspect";
            tokens.introspect = which;
        });
        log_in(fresh.token("u"));
        EXPECT_EQ(said(), Rejected) << "its signature is nobody's";
        EXPECT_TRUE(issuer.introspections.empty());
        log_in(old.token("u"));
        ASSERT_EQ(issuer.introspections.size(), which == site::Introspect::All ? 1u : 0u);
        if (which == site::Introspect::Opaque) {
            EXPECT_EQ(said(), Success);
            continue;
        }
        issuer.introspections[0](R"({"active":true})");
        EXPECT_EQ(said(), Success);
        log_in(old.token("u"));
        issuer.introspections[1](R"({"active":false})");
        EXPECT_EQ(said(), Rejected) << "it was taken back";
    }
}

TEST_F(LoginsByToken, AClientThatHasLeftIsNotAnswered) {
    begin_with([](auto& tokens) { tokens.introspection = "https://id.test/introspect"; });
    log_in("opaque");
    logins->forget(smtpd);
    issuer.introspections[0](R"({"active":true,"aud":"a","email":"u"})");
    EXPECT_TRUE(heard.empty());
}

}  // namespace
}  // namespace directory
