#include "acme/conversation.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <deque>

#include "text/base64.h"

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const acme::AccountKey key{"ES256", R"({"crv":"P-256","kty":"EC","x":"AA","y":"AA"})",
                           [](std::string_view) { return std::string(64, '\1'); }};
const std::string directory = R"({"newNonce": "https://ca/nonce", "newAccount": "https://ca/account",
    "newOrder": "https://ca/order", "revokeCert": "https://ca/revoke", "meta": {"termsOfService": "https://ca/terms"}})";
const std::string chain = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

std::string order(std::string_view status, std::string_view more = "") {
    return R"({"status": ")" + std::string(status) +
           R"(", "authorizations": ["https://ca/authz/1"], "finalize": "https://ca/finalize")" + std::string(more) +
           "}";
}
std::string authorization(std::string_view status, std::string_view kind = "http-01", std::string_view more = "") {
    return R"({"status": ")" + std::string(status) +
           R"(", "identifier": {"type": "dns", "value": "mail.example.org"}, "challenges": [{"type": ")" +
           std::string(kind) + R"(", "url": "https://ca/challenge/1", "token": "token1", "status": "pending")" +
           std::string(more) + "}]}";
}
std::string problem(std::string_view type) {
    return R"({"type": "urn:ietf:params:acme:error:)" + std::string(type) + R"(", "detail": "words"})";
}

std::string payload_of(const acme::Send& send) {
    std::string text(std::string_view(json::parse(send.content).at("payload").get_string()));
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    return text::parse_base64(text).value();
}

/// What is asked for, and what the server answers. Every answer but those that say otherwise brings a nonce.
struct Line {
    std::string asked;  // "POST https://ca/order", "PREPARE", "PAUSE"
    acme::Answer answer{};
};
Line line(std::string asked, unsigned status = 200, std::string body = "", std::string location = "") {
    return {std::move(asked),
            {.status = status, .nonce = "nonce", .location = std::move(location), .body = std::move(body)}};
}

std::string name(const acme::Step& step) {
    if (const auto* send = std::get_if<acme::Send>(&step)) {
        constexpr std::string_view methods[] = {"GET ", "HEAD ", "POST "};
        return std::string(methods[static_cast<int>(send->method)]) + send->url;
    }
    if (std::holds_alternative<acme::Prepare>(step)) return "PREPARE";
    if (std::holds_alternative<acme::Pause>(step)) return "PAUSE";
    if (std::holds_alternative<acme::Issued>(step)) return "ISSUED";
    if (std::holds_alternative<acme::Revoked>(step)) return "REVOKED";
    return "ERROR: " + acme::to_text(std::get<acme::Error>(step));
}

const acme::Issue issue{{"mail.example.org"}, "request", acme::ChallengeType::Http01};

struct Outcome {
    acme::Step last;
    std::vector<std::string> payloads;
};

Outcome converse(const std::vector<Line>& lines, std::variant<acme::Issue, acme::Revoke> goal = issue,
                 bool agrees = true) {
    acme::Conversation conversation(key, {"https://ca/directory", {"mailto:a@example.org"}, agrees}, std::move(goal));
    Outcome outcome{conversation.begin(), {}};
    for (const auto& [asked, answer] : lines) {
        EXPECT_EQ(name(outcome.last), asked);
        if (name(outcome.last) != asked) return outcome;
        if (const auto* send = std::get_if<acme::Send>(&outcome.last)) {
            if (send->method == acme::Method::Post) outcome.payloads.push_back(payload_of(*send));
            outcome.last = conversation.take(answer);
        } else {
            outcome.last = conversation.proceed();
        }
    }
    return outcome;
}

std::vector<Line> up_to_the_order() {
    return {line("GET https://ca/directory", 200, directory),
            line("POST https://ca/account", 201, R"({"status": "valid"})", "https://ca/account/1"),
            line("POST https://ca/order", 201, order("pending"), "https://ca/order/1")};
}
std::vector<Line> operator+(std::vector<Line> a, const std::vector<Line>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// RFC 8555 §7.1, figure 1
TEST(AcmeConversation, GoesFromTheDirectoryToTheCertificate) {
    const auto outcome =
        converse(up_to_the_order() +
                 std::vector<Line>{
                     line("POST https://ca/authz/1", 200, authorization("pending")),
                     line("PREPARE"),
                     line("POST https://ca/challenge/1", 200, "{}"),
                     line("PAUSE"),
                     line("POST https://ca/authz/1", 200, authorization("pending")),
                     line("PAUSE"),
                     line("POST https://ca/authz/1", 200, authorization("valid")),
                     line("POST https://ca/order/1", 200, order("ready")),
                     line("POST https://ca/finalize", 200, order("processing")),
                     line("PAUSE"),
                     line("POST https://ca/order/1", 200, order("valid", R"(, "certificate": "https://ca/cert/1")")),
                     line("POST https://ca/cert/1", 200, chain),
                 });
    EXPECT_EQ(name(outcome.last), "ISSUED");
    EXPECT_EQ(outcome.payloads,
              (std::vector<std::string>{R"({"termsOfServiceAgreed":true,"contact":["mailto:a@example.org"]})",  // §7.3
                                        R"({"identifiers":[{"type":"dns","value":"mail.example.org"}]})",       // §7.4
                                        "", "{}", "", "", "", R"({"csr":"cmVxdWVzdA"})", "", ""}));
}

// §7.2, §6.5.1: without a nonce from before, one is fetched; one that is none is not used.
TEST(AcmeConversation, FetchesANonceWhereItHasNone) {
    auto first = line("GET https://ca/directory", 200, directory);
    first.answer.nonce = "not a nonce\r\nX: y";
    const auto outcome = converse({first, line("HEAD https://ca/nonce", 200)});
    EXPECT_EQ(name(outcome.last), "POST https://ca/account");
    auto none = line("HEAD https://ca/nonce", 200);
    none.answer.nonce.clear();
    EXPECT_EQ(name(converse({first, none}).last), "ERROR: the server's answer makes no sense: it brings no nonce");
}

// §6.5: a request refused for its nonce is sent again with the new one; but not for ever.
TEST(AcmeConversation, RepeatsWhatHadAStaleNonce) {
    std::vector<Line> lines{line("GET https://ca/directory", 200, directory)};
    for (int i = 0; i < 10; ++i) lines.push_back(line("POST https://ca/account", 400, problem("badNonce")));
    EXPECT_EQ(name(converse(lines).last), "POST https://ca/account");
    EXPECT_EQ(name(converse(lines + std::vector{line("POST https://ca/account", 201, R"({"status": "valid"})",
                                                     "https://ca/account/1")})
                       .last),
              "POST https://ca/order");
    EXPECT_EQ(name(converse(lines + std::vector{line("POST https://ca/account", 400, problem("badNonce"))}).last),
              "ERROR: the server refuses: words (badNonce)");
}

TEST(AcmeConversation, AsksForNothingThatIsValidAlready) {
    const auto outcome = converse(up_to_the_order() +
                                  std::vector<Line>{line("POST https://ca/authz/1", 200, authorization("valid")),
                                                    line("POST https://ca/order/1", 200,
                                                         order("valid", R"(, "certificate": "https://ca/cert/1")"))});
    EXPECT_EQ(name(outcome.last), "POST https://ca/cert/1");
}

// §8.1: what is prepared is the server's token and our thumbprint.
TEST(AcmeConversation, PreparesTheChosenChallenge) {
    auto lines = up_to_the_order() + std::vector{line("POST https://ca/authz/1", 200, authorization("pending"))};
    const auto outcome = converse(lines);
    EXPECT_EQ(std::get<acme::Prepare>(outcome.last), (acme::Prepare{acme::ChallengeType::Http01, "mail.example.org",
                                                                    "token1", "token1." + acme::thumbprint(key)}));
    lines.back().answer.body = authorization("pending", "dns-01");
    EXPECT_EQ(name(converse(lines).last),
              "ERROR: the server does not offer this kind of challenge: mail.example.org, http-01");
    // §7.1.4: of a wildcard the authorization has the name without it
    auto wildcard = issue;
    wildcard.names = {"*.mail.example.org"};
    wildcard.challenge = acme::ChallengeType::Dns01;
    EXPECT_EQ(name(converse(lines, wildcard).last), "PREPARE");
    auto other = issue;
    other.names = {"example.net"};
    EXPECT_TRUE(name(converse(lines, other).last).starts_with("ERROR: the server's answer makes no sense"));
}

TEST(AcmeConversation, EndsWhereTheServerSaysNo) {
    struct Case {
        std::vector<Line> lines;
        acme::Error::Code want;
    };
    using Code = acme::Error::Code;
    const auto answered =
        up_to_the_order() + std::vector<Line>{line("POST https://ca/authz/1", 200, authorization("pending")),
                                              line("PREPARE"), line("POST https://ca/challenge/1", 200, "{}"),
                                              line("PAUSE")};
    const std::vector<Case> cases{
        {{line("GET https://ca/directory", 200, "<html>")}, Code::Garbled},
        {{line("GET https://ca/directory", 404, "not here")}, Code::Refused},
        {{line("GET https://ca/directory", 302, "", "https://elsewhere/")}, Code::Refused},  // nobody is followed
        {{line("GET https://ca/directory", 200, directory),
          line("POST https://ca/account", 403, problem("unauthorized"))},
         Code::Refused},
        {{line("GET https://ca/directory", 200, directory),
          line("POST https://ca/account", 200, R"({"status": "revoked"})", "https://ca/account/1")},
         Code::Refused},
        {{line("GET https://ca/directory", 200, directory),
          line("POST https://ca/account", 200, R"({"status": "valid"})", "http://ca/account/1")},
         Code::Garbled},
        {{line("GET https://ca/directory", 200, directory),
          line("POST https://ca/account", 200, R"({"status": "valid"})", "https://ca/account/1"),
          line("POST https://ca/order", 400, problem("rejectedIdentifier"))},
         Code::Refused},
        {answered + std::vector{line(
                        "POST https://ca/authz/1", 200,
                        authorization(
                            "invalid", "http-01",
                            R"(, "error": {"type": "urn:ietf:params:acme:error:connection", "detail": "refused"})"))},
         Code::Invalid},
        {answered + std::vector{line("POST https://ca/authz/1", 200, authorization("valid")),
                                line("POST https://ca/order/1", 200, order("invalid"))},
         Code::Invalid},
        {answered +
             std::vector{line("POST https://ca/authz/1", 200, authorization("valid")),
                         line("POST https://ca/order/1", 200, order("valid", R"(, "certificate": "https://ca/c")")),
                         line("POST https://ca/c", 200, "no chain")},
         Code::Garbled},
    };
    for (const auto& [lines, want] : cases) {
        const auto outcome = converse(lines);
        ASSERT_TRUE(std::holds_alternative<acme::Error>(outcome.last)) << name(outcome.last);
        EXPECT_EQ(std::get<acme::Error>(outcome.last).code, want) << name(outcome.last);
    }
}

// §7.3.3, §7.3.4
TEST(AcmeConversation, AgreesToNothingByItself) {
    EXPECT_EQ(name(converse({line("GET https://ca/directory", 200, directory)}, issue, /*agrees=*/false).last),
              "ERROR: the server has terms of service: read them, then set agree_terms: https://ca/terms");
    std::string arranged = directory;
    arranged.replace(arranged.find("\"meta\": {"), 9, R"("meta": {"externalAccountRequired": true, )");
    EXPECT_TRUE(name(converse({line("GET https://ca/directory", 200, arranged)}).last)
                    .starts_with("ERROR: the server takes only accounts"));
}

// §6.6
TEST(AcmeConversation, HearsHowLongToWait) {
    auto refused = line("POST https://ca/account", 429, problem("rateLimited"));
    refused.answer.retry_after = "3600";
    const auto outcome = converse({line("GET https://ca/directory", 200, directory), refused});
    EXPECT_EQ(std::get<acme::Error>(outcome.last).retry_after, 3600s);
    // §7.5.1: between polls, within limits
    for (const auto& [text, want] : {std::pair{"7", 7s}, {"0", 1s}, {"100000", 60s}, {"", 2s}}) {
        auto waiting = line("POST https://ca/challenge/1", 200, "{}");
        waiting.answer.retry_after = text;
        const auto polled = converse(up_to_the_order() +
                                     std::vector<Line>{line("POST https://ca/authz/1", 200, authorization("pending")),
                                                       line("PREPARE"), waiting});
        EXPECT_EQ(std::get<acme::Pause>(polled.last).time, want) << text;
    }
}

// Hostile: a server that never comes to a decision.
TEST(AcmeConversation, DoesNotPollForEver) {
    for (const std::string status : {"pending", "processing", "ready"}) {
        acme::Conversation conversation(key, {"https://ca/directory", {}, true}, issue);
        auto step = conversation.begin();
        int steps = 0;
        for (; !std::holds_alternative<acme::Error>(step); ++steps) {
            ASSERT_LT(steps, 500);
            if (const auto* send = std::get_if<acme::Send>(&step)) {
                const std::string body = send->url == "https://ca/directory" ? directory
                                         : send->url == "https://ca/account" ? R"({"status": "valid"})"
                                         : send->url == "https://ca/authz/1"
                                             ? authorization(status == "pending" ? "pending" : "valid")
                                             : order(status);
                step = conversation.take({.status = 200, .nonce = "n", .location = "https://ca/order/1", .body = body});
            } else {
                step = conversation.proceed();
            }
        }
        EXPECT_EQ(std::get<acme::Error>(step).code, acme::Error::Code::NeverReady);
    }
}

// §7.6
TEST(AcmeConversation, Revokes) {
    const std::vector<Line> lines{
        line("GET https://ca/directory", 200, directory),
        line("POST https://ca/account", 200, R"({"status": "valid"})", "https://ca/account/1"),
        line("POST https://ca/revoke", 200)};
    const auto outcome = converse(lines, acme::Revoke{"certificate", 4});
    EXPECT_EQ(name(outcome.last), "REVOKED");
    EXPECT_EQ(outcome.payloads.back(), R"({"certificate":"Y2VydGlmaWNhdGU","reason":4})");
    auto again = lines;
    again.back().answer = {.status = 400, .nonce = "n", .body = problem("alreadyRevoked")};
    EXPECT_EQ(name(converse(again, acme::Revoke{"certificate", 4}).last), "REVOKED");
}

}  // namespace
