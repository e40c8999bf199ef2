// ValiMail's suite of messages with ARC chains: some to be validated, some to be sealed with a given key so that every
// octet of the result is known.
#include <gtest/gtest.h>

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "arc/sealer.h"
#include "arc/verifier.h"
#include "text/ascii.h"

namespace arc {
namespace {

std::filesystem::path folder() {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    return (given ? std::filesystem::path(given) : HERMOD_SOURCE "/../shared/conformance") / "arc" / "valimail";
}

using Zone = std::map<std::string, std::string>;

Zone zone_of(const YAML::Node& scenario) {
    Zone zone;
    for (const auto& record : scenario["txt-records"])
        zone[record.first.as<std::string>()] = record.second.as<std::string>();
    return zone;
}

dns::Answer ask(const Zone& zone, const dns::Question& question) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
    const auto found = zone.find(dns::to_text(question.name));
    if (found == zone.end()) return answer;
    answer.existence = dns::Existence::Found;
    answer.records.push_back({question.name, dns::Type::Txt, 300, dns::Txt{{found->second}}});
    return answer;
}

Report verify(const std::string& message, const Zone& zone) {
    Verifier verifier;
    verifier.add(message);
    verifier.finish();
    while (verifier.question()) verifier.answer(ask(zone, *verifier.question()));
    return verifier.report();
}

// RFC 8617 §5.2
TEST(ArcConformance, ValidatesChains) {
    const auto file = folder() / "arc-draft-validation-tests.yml";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    std::size_t count = 0;
    for (const auto& scenario : YAML::LoadAllFromFile(file.string())) {
        const auto zone = zone_of(scenario);
        for (const auto& one : scenario["tests"]) {
            SCOPED_TRACE(one.first.as<std::string>());
            const auto message = one.second["message"];
            auto want = one.second["cv"].IsNull() ? "" : text::lower(one.second["cv"].as<std::string>());
            if (want.empty()) want = "fail";  // the newest seal says itself that the chain has failed
            const auto report = verify(message.IsNull() ? "" : message.as<std::string>(), zone);
            EXPECT_EQ(to_text(report.result), want) << report.reason;
            ++count;
        }
    }
    EXPECT_EQ(count, 89u);
}

/// Tags without white space, or the words of results with one blank: what is the same however a field is folded.
std::string flat(std::string_view text, bool keeps_blanks) {
    std::string out;
    bool has_blank = false;
    for (const char c : text) {
        if (dkim::is_white_space(c)) {
            has_blank = true;
            continue;
        }
        if (has_blank && keeps_blanks && !out.empty()) out += ' ';
        has_blank = false;
        out += c;
    }
    return out;
}

std::string_view value_of(std::string_view field) { return field.substr(field.find(':') + 1); }

// RFC 8617 §5.1
TEST(ArcConformance, SealsChains) {
    const auto file = folder() / "arc-draft-sign-tests.yml";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    std::size_t count = 0;
    for (const auto& scenario : YAML::LoadAllFromFile(file.string())) {
        const auto key = crypto::DigestSigner::parse(scenario["privatekey"].as<std::string>());
        ASSERT_TRUE(key) << key.error();
        const dkim::Naming naming{scenario["domain"].as<std::string>(), scenario["sel"].as<std::string>(),
                                  dkim::Algorithm::RsaSha256, ""};
        for (const auto& test : scenario["tests"]) {
            SCOPED_TRACE(test.first.as<std::string>());
            ++count;
            const auto& one = test.second;
            SealerSettings settings{.authserv_id = one["srv-id"].as<std::string>(),
                                    .fields = {},
                                    .timestamp = one["t"].as<std::uint64_t>(0)};
            for (const auto name : dkim::split_trimmed(one["sig-headers"].as<std::string>(), ':'))
                settings.fields.push_back(text::lower(name));
            Sealer sealer(std::move(settings));
            sealer.add(one["message"].as<std::string>());
            sealer.finish();
            const auto want = [&](const char* name) { return one[name].IsNull() ? "" : one[name].as<std::string>(); };
            EXPECT_EQ(sealer.refusal().empty(), !want("AS").empty()) << sealer.refusal();
            if (want("AS").empty()) continue;
            const auto signature = sealer.message_signature(naming);
            const auto message_signature = signature.complete(key->sign(signature.digest));
            const auto draft = sealer.seal(naming, message_signature);
            EXPECT_EQ(flat(value_of(sealer.results()), true), flat(want("AAR"), true));
            EXPECT_EQ(flat(value_of(message_signature), false), flat(want("AMS"), false));
            EXPECT_EQ(flat(value_of(draft.complete(key->sign(draft.digest))), false), flat(want("AS"), false));
        }
    }
    EXPECT_EQ(count, 17u);
}

}  // namespace
}  // namespace arc
