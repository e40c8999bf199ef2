#include "sasl/exchange.h"

#include <gtest/gtest.h>

#include "lang/overloaded.h"
#include "sasl/client.h"
#include "sasl/prepare.h"

namespace sasl {
namespace {

using namespace std::string_literals;

const std::string password = "pencil";
const std::string channel(32, '\x5a');

/// The directory: "user" has all there is, and the password "pencil"; a token "good" is his.
Step answered(Exchange& exchange, Step step) {
    const bool is_user = exchange.user() == "user";
    return std::visit(
        Overloaded{
            [&](const CheckPassword& ask) {
                return exchange.on_answer(Verdict{.is_good = is_user && ask.password == password});
            },
            [&](const FindScramKeys& ask) {
                return exchange.on_answer(is_user ? derive_keys(ask.digest, password, "salt", 4096)
                                                  : keys_of_nobody(ask.digest, ask.user, "secret", 4096));
            },
            [&](const FindSecret&) { return exchange.on_answer(is_user ? std::optional(password) : std::nullopt); },
            [&](const CheckToken& ask) {
                return exchange.on_answer(Verdict{.is_good = ask.token == "good", .user = "user"});
            },
            [&](const CheckCertificate& ask) {
                return exchange.on_answer(
                    Verdict{.is_good = ask.user.empty() || ask.user == ask.certificate, .user = ask.certificate});
            },
            [&](const auto& other) { return Step(other); },
        },
        step);
}

/// A conversation in words: challenges as they are, then "user: …", "rejected" or "malformed".
std::vector<std::string> converse(Mechanism mechanism, const std::vector<std::string>& responses,
                                  Circumstances circumstances = {.hostname = "l.test", .nonce = "0nonce0"}) {
    const auto exchange = make_exchange(mechanism, std::move(circumstances));
    std::vector<std::string> heard;
    for (std::size_t i = 0; i <= responses.size(); ++i) {
        auto step = i == 0 ? exchange->start(std::nullopt) : exchange->on_response(responses[i - 1]);
        step = answered(*exchange, std::move(step));
        if (const auto* challenge = std::get_if<Challenge>(&step)) {
            heard.push_back(challenge->octets);
            continue;
        }
        if (const auto* success = std::get_if<Success>(&step)) heard.push_back("user: " + success->user);
        if (const auto* failure = std::get_if<Failure>(&step))
            heard.emplace_back(failure->reason == Failure::Reason::Malformed ? "malformed" : "rejected");
        break;
    }
    return heard;
}

std::string last(Mechanism mechanism, const std::vector<std::string>& responses, Circumstances circumstances = {}) {
    return converse(mechanism, responses, std::move(circumstances)).back();
}

// RFC 4616 §2
TEST(Plain, TakesOneMessage) {
    const struct {
        std::string message;
        std::string_view want;
    } cases[] = {
        {"\0user\0pencil"s, "user: user"},
        {"user\0user\0pencil"s, "user: user"},
        {"\0user\0Pencil"s, "rejected"},
        {"\0nobody\0pencil"s, "rejected"},
        {"admin\0user\0pencil"s, "rejected"},
        {"\0us\xc2\xad"s + "er\0pencil"s, "user: user"},    // RFC 4013 §2.1: a soft hyphen is nothing
        {"\0us\xee\x80\x80"s + "er\0pencil"s, "rejected"},  // §2.3: private use
        {"\0us\xff"s + "er\0pencil"s, "rejected"},
        {"\0user\0pencil\0x"s, "malformed"},
        {"\0\0pencil"s, "malformed"},
        {"\0user\0"s, "malformed"},
        {"\0user"s, "malformed"},
        {"user"s, "malformed"},
        {""s, "malformed"},
        {"\0"s + std::string(600, 'u') + "\0pencil"s, "rejected"},
        {"\0user\0"s + std::string(100'000, 'p'), "rejected"},
    };
    for (const auto& [message, want] : cases)
        EXPECT_EQ(converse(Mechanism::Plain, {message}), (std::vector<std::string>{"", std::string(want)})) << message;
}

TEST(Login, AsksTwice) {
    EXPECT_EQ(converse(Mechanism::Login, {"user", password}),
              (std::vector<std::string>{"Username:", "Password:", "user: user"}));
    EXPECT_EQ(last(Mechanism::Login, {"user", "wrong"}), "rejected");
    EXPECT_EQ(last(Mechanism::Login, {"nobody", password}), "rejected");
    EXPECT_EQ(last(Mechanism::Login, {""}), "malformed");
    EXPECT_EQ(last(Mechanism::Login, {"user", "pen\0cil"s}), "malformed");
    const auto exchange = make_exchange(Mechanism::Login, {});
    EXPECT_EQ(std::get<Challenge>(exchange->start("user")).octets, "Password:");
}

// RFC 2195 §2
TEST(CramMd5, ComparesWhatThePasswordMakesOfTheChallenge) {
    const Circumstances circumstances{.hostname = "l.test", .nonce = "0nonce0", .time = 17};
    const auto client = make_client(Mechanism::CramMd5, {.user = "user", .password = password});
    const auto challenge = converse(Mechanism::CramMd5, {}, circumstances)[0];
    EXPECT_EQ(challenge, "<0nonce0.17@l.test>");
    const auto response = client->on_challenge(challenge).value();
    EXPECT_EQ(last(Mechanism::CramMd5, {response}, circumstances), "user: user");
    EXPECT_EQ(last(Mechanism::CramMd5, {response}, {.hostname = "l.test", .nonce = "another"}), "rejected");
    EXPECT_EQ(last(Mechanism::CramMd5, {"nobody" + response.substr(4)}, circumstances), "rejected");
    EXPECT_EQ(last(Mechanism::CramMd5, {"user 12"}), "malformed");
    EXPECT_EQ(last(Mechanism::CramMd5, {""}), "malformed");
    // RFC 4954 §4: the server begins.
    EXPECT_TRUE(std::holds_alternative<Failure>(make_exchange(Mechanism::CramMd5, {})->start("user 12")));
}

// RFC 1939 §7, its example included.
TEST(Apop, ComparesWhatThePasswordMakesOfTheGreeting) {
    const Circumstances circumstances{.hostname = "dbc.mtview.ca.us", .nonce = "1896", .time = 697'170'952};
    const auto exchange = make_exchange(Mechanism::Apop, circumstances);
    EXPECT_EQ(std::get<Challenge>(exchange->start(std::nullopt)).octets, "<1896.697170952@dbc.mtview.ca.us>");
    const auto asked = exchange->on_response("mrose c4c9334bac560ecc979e58001b3e22fb");
    EXPECT_EQ(std::get<FindSecret>(asked).user, "mrose");
    const auto known = exchange->on_answer(std::optional<std::string>("tanstaaf"));
    EXPECT_EQ(std::get<Success>(known).user, "mrose");
    const auto decide = [&](std::optional<std::string> secret) {
        const auto again = make_exchange(Mechanism::Apop, circumstances);
        static_cast<void>(again->start(std::nullopt));
        static_cast<void>(again->on_response("mrose c4c9334bac560ecc979e58001b3e22fb"));
        return std::holds_alternative<Success>(again->on_answer(std::move(secret)));
    };
    EXPECT_TRUE(decide("tanstaaf"));
    EXPECT_FALSE(decide("tanstaafl"));
    EXPECT_FALSE(decide(std::nullopt)) << "there is no such user, or no secret";
    for (const char* response : {"", "mrose", "mrose c4c9", "mrose c4c9334bac560ecc979e58001b3e22fb0"})
        EXPECT_EQ(last(Mechanism::Apop, {response}, circumstances), "malformed") << response;
    // Made for another greeting, or for CRAM-MD5.
    EXPECT_EQ(last(Mechanism::Apop, {"user c4c9334bac560ecc979e58001b3e22fb"}), "rejected");
    const auto client = make_client(Mechanism::CramMd5, {.user = "user", .password = password});
    const auto response = client->on_challenge("<1896.697170952@dbc.mtview.ca.us>").value();
    EXPECT_EQ(last(Mechanism::CramMd5, {response}, circumstances), "user: user");
    EXPECT_EQ(last(Mechanism::Apop, {response}, circumstances), "rejected");
}

TEST(Apop, NeedsAGreetingToHaveItsChallengeIn) {
    EXPECT_FALSE(fits(Mechanism::Apop, {.is_encrypted = true, .has_channel = true, .has_certificate = true}));
    EXPECT_TRUE(fits(Mechanism::Apop, {.has_greeting = true}));
}

// RFC 4422 App. A
TEST(External, BelievesTheCertificate) {
    EXPECT_EQ(last(Mechanism::External, {""}, {.certificate = "user"}), "user: user");
    EXPECT_EQ(last(Mechanism::External, {"user"}, {.certificate = "user"}), "user: user");
    EXPECT_EQ(last(Mechanism::External, {"admin"}, {.certificate = "user"}), "rejected");
    EXPECT_EQ(last(Mechanism::External, {""}), "rejected");
    EXPECT_EQ(last(Mechanism::External, {"us\0er"s}, {.certificate = "user"}), "malformed");
}

// RFC 7628 §3.1, §3.2.3
TEST(OauthBearer, TakesATokenAndTellsWhyNot) {
    using enum Mechanism;
    const auto says = [](const std::string& token) { return "n,a=user,\1host=l.test\1auth=Bearer " + token + "\1\1"; };
    EXPECT_EQ(last(OauthBearer, {says("good")}), "user: user");
    EXPECT_EQ(last(OauthBearer, {"n,,\1auth=bearer good\1\1"}), "user: user");
    EXPECT_EQ(converse(OauthBearer, {says("bad"), "\1"}),
              (std::vector<std::string>{"", R"({"status":"invalid_token"})", "rejected"}));
    EXPECT_EQ(last(OauthBearer, {says("bad"), says("good")}), "rejected") << "one try an exchange";
    for (const auto& bad : {""s, "\1"s, "n,,\1\1"s, "n,,\1auth=Basic x\1\1"s, "n,,\1auth=Bearer good\1"s,
                            "p=x,,\1auth=Bearer good\1\1"s, "auth=Bearer good\1\1"s, "n,,\1=x\1\1"s})
        EXPECT_EQ(last(OauthBearer, {bad}), "malformed") << bad;
    EXPECT_EQ(last(Xoauth2, {"user=user\1auth=Bearer good\1\1"}), "user: user");
    EXPECT_EQ(last(Xoauth2, {"user=user\1auth=Bearer bad\1\1", ""}), "rejected");
    EXPECT_EQ(last(Xoauth2, {"n,a=user,\1auth=Bearer good\1\1"}), "malformed");
}

/// A client that binds the channel, made of the one that does not.
std::string proof(crypto::Digest digest, const std::string& header, const std::string& bound,
                  const std::string& server_first) {
    const auto keys = crypto::pbkdf2(digest, password, "salt", 4096);
    const auto client_key = crypto::hmac(digest, keys, "Client Key");
    ClientFinal final{header + bound, parse_server_first(server_first)->nonce, "x"};
    std::string auth_message = "n=user,r=c," + server_first + ",";
    auth_message += without_proof(to_text(final));
    final.proof = combine(client_key, crypto::hmac(digest, crypto::digest(digest, client_key), auth_message));
    return to_text(final);
}

// RFC 5802 §6, RFC 9266: the channel that the client has must be the one that we have.
TEST(Scram, BindsTheChannel) {
    const Circumstances circumstances{.nonce = "s", .channel = channel, .offers_binding = true};
    for (const auto mechanism : {Mechanism::ScramSha256Plus, Mechanism::ScramSha1Plus}) {
        const std::string header = "p=tls-exporter,,";
        const auto first = header + "n=user,r=c";
        const auto server_first = converse(mechanism, {first}, circumstances).back();
        const auto digest = *scram_digest(mechanism);
        const auto good = converse(mechanism, {first, proof(digest, header, channel, server_first), ""}, circumstances);
        ASSERT_EQ(good.size(), 4u);
        EXPECT_TRUE(good[2].starts_with("v=")) << good[2];
        EXPECT_EQ(good[3], "user: user");
        const std::string other(32, '\x5b');
        EXPECT_EQ(last(mechanism, {first, proof(digest, header, other, server_first)}, circumstances), "rejected");
        EXPECT_EQ(last(mechanism, {first, proof(digest, header, "", server_first)}, circumstances), "rejected");
        EXPECT_EQ(last(mechanism, {"p=tls-unique,,n=user,r=c"}, circumstances), "rejected");
        EXPECT_EQ(last(mechanism, {"n,,n=user,r=c"}, circumstances), "rejected");
        EXPECT_EQ(last(mechanism, {"y,,n=user,r=c"}, circumstances), "rejected");
        EXPECT_EQ(last(mechanism, {first}, {.nonce = "s"}), "rejected") << "no channel";
    }
}

// RFC 5802 §6: "y" where we offered it means that somebody changed our offer.
TEST(Scram, NoticesThatItsOfferWasChanged) {
    using enum Mechanism;
    const Circumstances offering{.nonce = "s", .channel = channel, .offers_binding = true};
    EXPECT_EQ(last(ScramSha256, {"y,,n=user,r=c"}, offering), "rejected");
    EXPECT_TRUE(last(ScramSha256, {"n,,n=user,r=c"}, offering).starts_with("r=cs,"));
    EXPECT_TRUE(last(ScramSha256, {"y,,n=user,r=c"}, {.nonce = "s"}).starts_with("r=cs,"));
    EXPECT_EQ(last(ScramSha256, {"p=tls-exporter,,n=user,r=c"}, offering), "rejected");
}

// RFC 5802 §5, §7
TEST(Scram, RefusesWhatIsNotSaidRight) {
    using enum Mechanism;
    const Circumstances circumstances{.nonce = "s"};
    for (const std::string first :
         {"", "n", "n,", "n,,", "n,,n=user", "n,,r=c", "n,,n=,r=c", "n,,n=us=er,r=c", "n,,n=user=2c,r=c",
          "n,,m=x,n=user,r=c", "n,,n=user,r=", "n,,n=user,r=c d", "n,,n=user,r=c,m=x", "x,,n=user,r=c",
          "n,b=user,n=user,r=c", "p=,,n=user,r=c", "n,,n=us\xff,r=c"})
        EXPECT_EQ(last(ScramSha256, {first}, circumstances), "malformed") << first;
    EXPECT_EQ(last(ScramSha256, {"n,,n=user,r=" + std::string(300, 'c')}, circumstances), "malformed");
    EXPECT_EQ(last(ScramSha256, {"n,,n=" + std::string(1'000'000, 'u') + ",r=c"}, circumstances), "rejected");
    EXPECT_EQ(last(ScramSha256, {"n,a=admin,n=user,r=c"}, circumstances), "rejected");
    EXPECT_EQ(last(ScramSha256, {"n,,n=us\xee\x80\x80,r=c"}, circumstances), "rejected");
    const std::string first = "n,,n=user,r=c";
    const auto server_first = last(ScramSha256, {first}, circumstances);
    const auto final = proof(crypto::Digest::Sha256, "n,,", "", server_first);
    EXPECT_EQ(last(ScramSha256, {first, final, ""}, circumstances), "user: user");
    EXPECT_EQ(last(ScramSha256, {first, final, "x"}, circumstances), "malformed");
    for (const std::string other : {"", "c=biws,r=cs", "c=biws,r=cs,p=x", "c=biws,r=cs,p=eA==,", "r=cs,c=biws,p=eA=="})
        EXPECT_EQ(last(ScramSha256, {first, other}, circumstances), "malformed") << other;
    for (const std::string other : {"c=biws,r=cs,p=eA==", "c=eSws,r=cs,p=eA==", "c=biws,r=ct,p=eA=="})
        EXPECT_EQ(last(ScramSha256, {first, other}, circumstances), "rejected") << other;
    // The same proof in another exchange: its nonce is another.
    EXPECT_EQ(last(ScramSha256, {first, final}, {.nonce = "t"}), "rejected");
    // RFC 5802 §5.1: commas and equals signs in names.
    EXPECT_TRUE(last(ScramSha256, {"n,,n=a=2Cb=3Dc,r=c"}, circumstances).starts_with("r=cs,"));
}

// Whoever asks about a name learns nothing from the answer: salt and iterations of nobody stay what they are.
TEST(Scram, KeysOfNobodyAreAlwaysTheSame) {
    const auto keys = keys_of_nobody(crypto::Digest::Sha256, "nobody", "secret", 4096);
    EXPECT_EQ(keys, keys_of_nobody(crypto::Digest::Sha256, "nobody", "secret", 4096));
    EXPECT_NE(keys.salt, keys_of_nobody(crypto::Digest::Sha256, "nobody2", "secret", 4096).salt);
    EXPECT_NE(keys.salt, keys_of_nobody(crypto::Digest::Sha256, "nobody", "secret2", 4096).salt);
    EXPECT_EQ(keys.salt.size(), 16u);
    EXPECT_EQ(keys.stored_key.size(), 32u);
}

// RFC 4013 §2, §2.3, §2.4, §3
TEST(Prepare, ComparesWhatLooksTheSame) {
    EXPECT_EQ(prepare("I\xc2\xadX"), "IX");
    EXPECT_EQ(prepare("user"), "user");
    EXPECT_EQ(prepare("USER"), "USER");
    EXPECT_EQ(prepare("\xc2\xaa"), "a");
    EXPECT_EQ(prepare("\xe2\x85\xa8"), "IX");
    EXPECT_EQ(prepare("a\xc2\xa0z"), "a z");
    EXPECT_EQ(prepare("\x07"), std::nullopt);
    EXPECT_EQ(prepare("\xd8\xa7\x31"), std::nullopt);  // §2.4: begins to the left, ends in a digit
    EXPECT_EQ(prepare("a\0b"s), std::nullopt);
    EXPECT_EQ(prepare(""), std::nullopt);
    EXPECT_EQ(prepare("\xc2\xad"), std::nullopt);
    EXPECT_EQ(prepare(std::string(12'289, 'a')), std::nullopt);
    EXPECT_EQ(prepare("\xf0\x9f\x94\x91"), "\xf0\x9f\x94\x91");  // Unicode 6: unassigned in 3.2
    EXPECT_EQ(prepare("\xf0\x9f\x94\x91", Unassigned::Forbidden), std::nullopt);
}

TEST(SaslClient, ChoosesTheBestThatIsOffered) {
    constexpr Connection plain{}, encrypted{.is_encrypted = true}, bound{.is_encrypted = true, .has_channel = true};
    const std::vector<std::string> all{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"};
    EXPECT_EQ(choose(all, client_mechanisms, bound), Mechanism::ScramSha256Plus);
    EXPECT_EQ(choose(all, client_mechanisms, encrypted), Mechanism::ScramSha256);
    EXPECT_EQ(choose(all, std::array{Mechanism::Plain, Mechanism::CramMd5}, encrypted), Mechanism::CramMd5);
    EXPECT_EQ(choose(all, std::array{Mechanism::Login, Mechanism::Plain}, encrypted), Mechanism::Plain);
    EXPECT_EQ(choose(all, {}, encrypted), std::nullopt);
    const std::vector<std::string> old{"LOGIN", "PLAIN"};
    EXPECT_EQ(choose(old, client_mechanisms, encrypted), Mechanism::Plain);
    EXPECT_EQ(choose(old, client_mechanisms, plain), std::nullopt);
    EXPECT_EQ(choose({}, client_mechanisms, bound), std::nullopt);
    EXPECT_EQ(make_client(Mechanism::External, {}), nullptr);
    EXPECT_EQ(make_client(Mechanism::ScramSha256Plus, {.user = "user", .password = password, .nonce = "c"}), nullptr);
}

/// A whole login of our client at our server; whether both are content.
bool agree(Mechanism mechanism, const std::string& client_channel, const Circumstances& server) {
    const auto client =
        make_client(mechanism, {.user = "user", .password = password, .nonce = "c", .channel = client_channel});
    const auto digest = *scram_digest(mechanism);
    const auto exchange = make_exchange(mechanism, server);
    auto step = exchange->start(client->first());
    for (;;) {
        if (std::holds_alternative<Success>(step)) return client->is_satisfied();
        if (std::holds_alternative<FindScramKeys>(step)) {
            step = exchange->on_answer(std::optional(derive_keys(digest, password, "salt", least_iterations)));
            continue;
        }
        const auto* challenge = std::get_if<Challenge>(&step);
        if (!challenge) return false;
        const auto response = client->on_challenge(challenge->octets);
        if (!response) return false;
        step = exchange->on_response(*response);
    }
}

// RFC 5802 §6, RFC 9266 §2
TEST(SaslClient, BindsTheChannel) {
    using enum Mechanism;
    const Circumstances binding{.hostname = "s.test", .nonce = "s", .channel = "bound", .offers_binding = true};
    const Circumstances not_binding{.hostname = "s.test", .nonce = "s"};
    for (const auto mechanism : {ScramSha256Plus, ScramSha1Plus}) {
        EXPECT_TRUE(agree(mechanism, "bound", binding));
        EXPECT_FALSE(agree(mechanism, "another", binding));
    }
    for (const auto mechanism : {ScramSha256, ScramSha1}) {
        EXPECT_TRUE(agree(mechanism, "", binding));
        EXPECT_TRUE(agree(mechanism, "bound", not_binding));
        // Hostile: somebody between them took -PLUS out of the list.
        EXPECT_FALSE(agree(mechanism, "bound", binding));
    }
}

// Hostile: a server that knows nothing cannot make us believe, nor reckon for hours.
TEST(SaslClient, IsNotDeceivedByScramServers) {
    const auto make = [] {
        return make_client(Mechanism::ScramSha256, {.user = "user", .password = password, .nonce = "c"});
    };
    for (const std::string first : {"r=x,s=c2FsdA==,i=4096", "r=c,s=c2FsdA==,i=4096", "r=cs,s=c2FsdA==,i=1",
                                    "r=cs,s=c2FsdA==,i=4294967295", "r=cs,s=!,i=4096", "e=other-error"})
        EXPECT_EQ(make()->on_challenge(first), std::nullopt) << first;
    const auto client = make();
    EXPECT_EQ(client->on_challenge(""), client->first());
    ASSERT_TRUE(client->on_challenge("r=cs,s=c2FsdA==,i=4096"));
    EXPECT_EQ(client->on_challenge("e=other-error"), std::nullopt);
    EXPECT_FALSE(client->is_satisfied());
}

TEST(SaslClient, SpeaksPlainAndLogin) {
    EXPECT_EQ(make_client(Mechanism::Plain, {.user = "user", .password = password})->first(), "\0user\0pencil"s);
    const auto login = make_client(Mechanism::Login, {.user = "user", .password = password});
    EXPECT_EQ(login->first(), std::nullopt);
    EXPECT_EQ(login->on_challenge("Username:"), "user");
    EXPECT_EQ(login->on_challenge("Password:"), password);
    EXPECT_EQ(login->on_challenge("Again:"), std::nullopt);
}

TEST(Mechanisms, HaveNames) {
    for (const auto& known : mechanisms) EXPECT_EQ(parse_mechanism(known.name), known.mechanism);
    EXPECT_EQ(parse_mechanism("scram-sha-256-plus"), Mechanism::ScramSha256Plus);
    EXPECT_EQ(parse_mechanism("NTLM"), std::nullopt);
    EXPECT_EQ(parse_mechanism(""), std::nullopt);
}

}  // namespace
}  // namespace sasl
