// Transcripts and examples of others: RFC 2195, 4616, 5802, 7677, and another project's SCRAM exchanges. They are
// played against the server with their nonces, and against the client.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sasl/client.h"
#include "sasl/exchange.h"
#include "sasl/exchanges.h"
#include "sasl/prepare.h"
#include "text/base64.h"

namespace sasl {
namespace {

namespace json = boost::json;

std::filesystem::path folder() {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    return (given ? std::filesystem::path(given) : HERMOD_SOURCE "/../shared/conformance") / "sasl";
}

json::object read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return json::parse(text.str()).as_object();
}

std::string string(const json::object& object, std::string_view key) { return std::string(object.at(key).as_string()); }

crypto::Digest digest_of(const json::object& transcript) {
    const auto name = string(transcript, "digest");
    if (name == "SHA-1") return crypto::Digest::Sha1;
    return name == "SHA-256" ? crypto::Digest::Sha256 : crypto::Digest::Sha512;
}

std::string salt_of(const json::object& transcript) {
    auto text = string(transcript, "salt64");
    if (text.ends_with('\n')) text.pop_back();
    return text::parse_base64(text).value();
}

std::vector<std::string> steps_of(const json::object& transcript) {
    std::vector<std::string> steps;
    for (const auto& step : transcript.at("steps").as_array()) steps.emplace_back(step.as_string());
    return steps;
}

std::vector<std::filesystem::path> transcripts(std::string_view kind) {
    std::vector<std::filesystem::path> files;
    const auto below = folder() / "xdg-go-scram" / kind;
    if (std::filesystem::exists(below))
        for (const auto& entry : std::filesystem::directory_iterator(below)) files.push_back(entry.path());
    return files;
}

/// What the server says to each of the client's messages; the word of a failure as "e=…".
std::string said(Step step, const json::object& transcript) {
    const auto user = string(transcript, "user");
    const auto password = string(transcript, "pass");
    if (const auto* failure = std::get_if<Failure>(&step)) return "e=" + failure->error;
    if (std::holds_alternative<Success>(step)) return "success";
    return std::get<Challenge>(step).octets;
}

void play_server(const json::object& transcript) {
    const auto digest = digest_of(transcript);
    const bool is_raw = transcript.at("skipSASLprep").as_bool();
    auto password = string(transcript, "pass");
    auto user = string(transcript, "user");
    if (!is_raw) password = prepare(password).value();
    const auto keys = derive_keys(digest, password, salt_of(transcript),
                                  static_cast<std::uint32_t>(transcript.at("iters").as_int64()));
    ScramExchange exchange(digest, /*binds_channel=*/false, {.nonce = string(transcript, "serverNonce")});
    Exchange& server = exchange;
    const auto steps = steps_of(transcript);
    for (std::size_t i = 0; i < steps.size(); i += 2) {
        auto step = i == 0 ? server.start(steps[i]) : server.on_response(steps[i]);
        if (const auto* asked = std::get_if<FindScramKeys>(&step)) {
            const bool is_known = asked->user == prepare(user);
            step = server.on_answer(is_known ? std::optional(keys) : std::optional<ScramKeys>());
        }
        EXPECT_EQ(said(step, transcript), i + 1 < steps.size() ? steps[i + 1] : "success");
    }
}

TEST(ScramTranscripts, OurServerSaysTheSame) {
    std::size_t played = 0;
    for (const auto* kind : {"good", "bad-client"})
        for (const auto& file : transcripts(kind)) {
            SCOPED_TRACE(file.string());
            play_server(read(file));
            ++played;
        }
    if (played == 0) GTEST_SKIP() << "the conformance data is not here";
    EXPECT_GE(played, 16u);
}

void play_client(const json::object& transcript, bool is_good) {
    using enum ClientCredentials::Names;
    const auto client = make_scram_client(digest_of(transcript),
                                          {.user = string(transcript, "user"),
                                           .password = string(transcript, "pass"),
                                           .nonce = string(transcript, "clientNonce"),
                                           .names = transcript.at("skipSASLprep").as_bool() ? AsTheyAre : Prepared});
    const auto steps = steps_of(transcript);
    EXPECT_EQ(client->first(), steps[0]);
    EXPECT_EQ(client->on_challenge(steps[1]), steps[2]);
    EXPECT_FALSE(client->is_satisfied());
    EXPECT_EQ(client->on_challenge(steps[3]).has_value(), is_good);
    EXPECT_EQ(client->is_satisfied(), is_good);
}

TEST(ScramTranscripts, OurClientSaysTheSame) {
    if (transcripts("good").empty()) GTEST_SKIP() << "the conformance data is not here";
    for (const auto* kind : {"good", "bad-server"})
        for (const auto& file : transcripts(kind)) {
            SCOPED_TRACE(file.string());
            play_client(read(file), kind == std::string_view("good"));
        }
}

// RFC 2195 §2, RFC 4616 §4
TEST(SaslExamples, AreUnderstood) {
    if (!std::filesystem::exists(folder() / "rfc-examples.json")) GTEST_SKIP() << "the conformance data is not here";
    for (const auto& value : read(folder() / "rfc-examples.json").at("cases").as_array()) {
        const auto& example = value.as_object();
        const auto mechanism = string(example, "mech");
        if (mechanism == "PLAIN") {
            PlainExchange exchange;
            Exchange& server = exchange;
            const auto step = server.start(text::parse_base64(string(example, "message_b64")).value());
            if (const auto* ask = std::get_if<CheckPassword>(&step)) {
                EXPECT_EQ(ask->user, string(example, "authcid"));
                EXPECT_EQ(ask->password, string(example, "passwd"));
            }
            // To act as somebody else is well said, and not granted.
            EXPECT_EQ(std::holds_alternative<CheckPassword>(step), string(example, "authzid").empty());
        } else if (mechanism == "CRAM-MD5") {
            const auto client = make_client(Mechanism::CramMd5,
                                            {.user = string(example, "user"), .password = string(example, "secret")});
            EXPECT_EQ(client->on_challenge(string(example, "challenge")), string(example, "response"));
        }
    }
}

}  // namespace
}  // namespace sasl
