// Messages and records of others: RFC 8463's example and what chasquid, Stalwart and MimeKit test with; mox's records.
// Their old vectors with rsa-sha1 or 512 bits would be refused (RFC 8301); what we read differently is listed with its
// reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "dkim/verifier.h"
#include "dns/name.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace dkim {
namespace {

namespace json = boost::json;

std::filesystem::path folder() {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    return given ? std::filesystem::path(given) : HERMOD_SOURCE "/../shared/conformance";
}

std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

using Zone = std::map<std::string, std::vector<std::string>>;

dns::Answer ask(const Zone& zone, const dns::Question& question) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
    const auto found = zone.find(dns::to_text(question.name));
    if (found == zone.end()) return answer;
    for (const auto& text : found->second) {
        if (text == "TEMPERROR") return dns::failed("SERVFAIL");
        if (text == "PERMERROR") return answer;
        answer.existence = dns::Existence::Found;
        answer.records.push_back({question.name, dns::Type::Txt, 300, dns::Txt{{text}}});
    }
    return answer;
}

std::vector<Verdict> verify(std::string_view message, const Zone& zone, std::uint64_t now) {
    Verifier verifier(now);
    verifier.add(message);
    verifier.finish();
    while (verifier.question()) verifier.answer(ask(zone, *verifier.question()));
    return verifier.verdicts();
}

std::string results(const std::vector<Verdict>& verdicts) {
    std::string text;
    for (const auto& verdict : verdicts) text += (text.empty() ? "" : " ") + std::string(to_text(verdict.result));
    return text;
}

// "name: \" and lines that go on below.
Zone chasquid_zone(const std::filesystem::path& file) {
    Zone zone;
    std::istringstream lines(read(file));
    std::string name, text;
    for (std::string line; std::getline(lines, line);) {
        const bool goes_on = line.ends_with('\\');
        if (goes_on) line.pop_back();
        if (!line.starts_with(' ') && line.find(": ") != std::string::npos) {
            name = line.substr(0, line.find(':'));
            line = line.substr(line.find(": ") + 2);
            text.clear();
        }
        text += line;
        if (!goes_on && !name.empty()) {
            zone[name].emplace_back(trim_white_space(text));
            name.clear();
        }
    }
    return zone;
}

// What chasquid found, in our words.
std::string chasquid_results(const std::filesystem::path& file) {
    std::string text;
    const auto result = json::parse(read(file));
    for (const auto& one : result.at("Results").as_array()) {
        const auto& state = one.at("State").as_string();
        text += text.empty() ? "" : " ";
        text += state == "SUCCESS" ? "pass" : state == "TEMPFAIL" ? "temperror" : "permerror";
    }
    return text;
}

constexpr std::uint64_t clock_of_2024 = 1'709'500'000;  // the newest vectors are of that time

// RFC 6376 §6.1, RFC 8463 §A
TEST(DkimConformance, Chasquid) {
    // They stop after five signatures, we after ten. l=17 leaves most of that body unsigned (RFC 6376 §8.2).
    const std::map<std::string, std::string> differently = {
        {"02-too_many_headers", "pass pass pass pass pass pass pass"},
        {"09-limited_body", "policy pass pass"},
    };
    const auto below = folder() / "dkim" / "chasquid";
    if (!std::filesystem::exists(below)) GTEST_SKIP() << below << " is not here";
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(below)) {
        if (entry.path().extension() != ".msg") continue;
        auto beside = entry.path();
        SCOPED_TRACE(beside.stem());
        const auto message = read(entry.path());
        const auto zone = chasquid_zone(beside.replace_extension(".dns"));
        const auto verdicts = verify(message, zone, clock_of_2024);
        beside.replace_extension(".result");
        std::string want = std::filesystem::exists(beside) ? chasquid_results(beside) : "";
        if (const auto other = differently.find(beside.stem()); other != differently.end()) want = other->second;
        EXPECT_EQ(results(verdicts), want) << (verdicts.empty() ? "" : verdicts[0].reason);
        ++count;
    }
    EXPECT_EQ(count, 11u);
}

// The first lines are the zone; all of these messages are good.
TEST(DkimConformance, Stalwart) {
    const auto below = folder() / "dkim" / "stalwart-mail-auth";
    if (!std::filesystem::exists(below)) GTEST_SKIP() << below << " is not here";
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(below)) {
        if (entry.path().extension() != ".txt") continue;
        SCOPED_TRACE(entry.path().stem());
        const auto text = read(entry.path());
        const auto division = mime::divide(text);
        Zone zone;
        std::istringstream lines(text.substr(0, division.header));
        for (std::string line; std::getline(lines, line);) {
            if (line.ends_with('\r')) line.pop_back();
            zone[line.substr(0, line.find(' '))].push_back(line.substr(line.find(' ') + 1));
        }
        const auto message = std::string_view(text).substr(division.body);
        const auto first = message.find("t=");
        const auto made = std::strtoull(text.c_str() + division.body + first + 2, nullptr, 10);
        const auto verdicts = verify(message, zone, std::max<std::uint64_t>(made, 1'600'000'000));
        ASSERT_FALSE(verdicts.empty());
        for (const auto& verdict : verdicts) EXPECT_EQ(to_text(verdict.result), "pass") << verdict.reason;
        ++count;
    }
    EXPECT_EQ(count, 6u);
}

std::string pem_octets(std::string_view pem) {
    std::string base64;
    std::istringstream lines{std::string(pem)};
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("-----")) base64 += without_white_space(line);
    return base64;
}

TEST(DkimConformance, MimeKit) {
    const auto below = folder() / "dkim" / "mimekit";
    if (!std::filesystem::exists(below)) GTEST_SKIP() << below << " is not here";
    const Zone zone = {
        {"20120113._domainkey.gmail.com", {"k=rsa; p=" + pem_octets(read(below / "gmail.pub"))}},
        {"brisbane._domainkey.football.example.com",
         {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}},
        {"test._domainkey.football.example.com",
         {"v=DKIM1; k=rsa; "
          "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Q"
          "vx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/"
          "K4w3QID"
          "AQAB"}},
    };
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"gmail.msg", "pass"},
        {"multipart-no-end-boundary.msg", "pass"},
        {"related.msg", "pass"},
        {"rfc8463-example.msg", "pass pass"},
    };
    for (const auto& [file, want] : cases) {
        SCOPED_TRACE(file);
        const auto verdicts = verify(read(below / file), zone, clock_of_2024);
        EXPECT_EQ(results(verdicts), want) << (verdicts.empty() ? "" : verdicts[0].reason);
    }
}

json::array cases_of(const std::filesystem::path& file) { return json::parse(read(file)).at("cases").as_array(); }

// RFC 6376 §3.2, §3.5, §3.6.1
TEST(DkimConformance, MoxRecords) {
    const auto below = folder() / "records" / "mox";
    if (!std::filesystem::exists(below)) GTEST_SKIP() << below << " is not here";
    for (const auto& one : cases_of(below / "dkim-key-record.json")) {
        const std::string input(one.at("input").as_string());
        EXPECT_EQ(parse_key_record(input).has_value(), one.at("valid").as_bool()) << input;
    }
    for (const auto& one : cases_of(below / "dkim-signature.json")) {
        const std::string input(one.at("input").as_string());
        const auto field = mime::FieldScanner(input).next();
        const bool is_valid = field && field->is("DKIM-Signature") && parse_signature(field->value).has_value();
        EXPECT_EQ(is_valid, one.at("valid").as_bool()) << input;
    }
}

}  // namespace
}  // namespace dkim
