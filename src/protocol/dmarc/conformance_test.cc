// What mailauth expects of RFC 9989 and KumoMTA of RFC 7489, and mox's records. Where the newer standard differs, the
// case is listed with its reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "dmarc/check.h"
#include "text/ascii.h"

namespace dmarc {
namespace {

namespace json = boost::json;

std::filesystem::path folder() {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    return given ? std::filesystem::path(given) : HERMOD_SOURCE "/../shared/conformance";
}

json::value read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return json::parse(text.str());
}

std::string string(const json::value& value) { return std::string(value.as_string()); }

std::vector<std::string> strings(const json::value& list) {
    std::vector<std::string> texts;
    for (const auto& one : list.as_array()) texts.push_back(string(one));
    return texts;
}

std::string domain_of(std::string address) { return text::lower(address.substr(address.rfind('@') + 1)); }

/// Names with their TXT records; names that exist only have none.
using Zone = std::map<std::string, std::vector<std::vector<std::string>>>;

dns::Answer ask(const Zone& zone, const dns::Question& question) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
    const auto name = dns::to_text(question.name);
    const auto found = zone.find(name);
    const bool has_names_below =
        std::ranges::any_of(zone, [&](const auto& entry) { return entry.first.ends_with("." + name); });
    if (found != zone.end() || has_names_below) answer.existence = dns::Existence::NoData;
    if (found == zone.end() || question.type != dns::Type::Txt) return answer;
    for (const auto& record : found->second) {
        answer.existence = dns::Existence::Found;
        answer.records.push_back({question.name, dns::Type::Txt, 300, dns::Txt{record}});
    }
    return answer;
}

Report check(const Zone& zone, Evidence evidence) {
    Check check(std::move(evidence));
    while (check.question()) check.answer(ask(zone, *check.question()));
    return check.report();
}

Report check(const json::value& call) {
    Zone zone;
    for (const auto& [name, types] : call.at("zone").as_object()) {
        auto& records = zone[text::lower(std::string(name))];
        if (const auto* txt = types.as_object().if_contains("TXT"))
            for (const auto& record : txt->as_array()) records.push_back(strings(record));
    }
    const auto spf = strings(call.at("spf_domains"));
    return check(zone, {.author_domain = domain_of(string(call.at("header_from"))),
                        .spf_domain = spf.empty() ? "" : spf[0],
                        .dkim_domains = strings(call.at("dkim_domains"))});
}

// mailauth's policy is what is left of it in test mode.
std::string found_at(const Report& report, std::string_view path) {
    if (path == "status.result") return std::string(to_text(report.result));
    if (path == "domain") return report.policy_domain;
    if (path == "alignment.dkim.strict") return report.record->dkim == Alignment::Strict ? "true" : "false";
    if (path == "rr") return report.record->aggregate_reports.at(0).uri;
    if (path != "policy") return "unknown path " + std::string(path);
    if (!report.policy) return "";
    return std::string(to_text(report.is_testing ? report.disposition : *report.policy));
}

// RFC 9989 §4.7, §4.10, §4.10.1, §4.10.2
TEST(DmarcConformance, Mailauth) {
    const auto file = folder() / "dmarc" / "mailauth-rfc9989" / "cases.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    std::size_t count = 0;
    for (const auto& one : read(file).as_array()) {
        SCOPED_TRACE(string(one.at("name")));
        for (const auto& want : one.at("expect").as_array()) {
            const auto report = check(one.at("calls").at(want.at("call").to_number<std::size_t>()));
            if (want.at("op") == "not property")
                EXPECT_EQ(found_at(report, string(want.at("value"))), "");
            else
                EXPECT_EQ(found_at(report, string(want.at("path"))), string(want.at("value")));
            ++count;
        }
    }
    EXPECT_EQ(count, 25u);
}

// RFC 9989 §4.10.2
TEST(DmarcConformance, KumoMta) {
    const auto file = folder() / "dmarc" / "kumomta" / "cases.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    // The record stands below the organizational domain of the public suffix list; the tree walk knows no such list,
    // and takes the record's own domain for the organization, so that the domain above is not aligned (§4.10.2).
    const std::map<std::string, std::string> differently = {
        {"dmarc_dkim_relaxed_subdomain", "Reject"},
        {"dmarc_dkim_relaxed_subdomain_deep", "Reject"},
    };
    for (const auto& one : read(file).at("cases").as_array()) {
        const auto name = string(one.at("name"));
        SCOPED_TRACE(name);
        Zone zone;
        for (const auto& [owner, text] : one.at("txt").as_object()) zone[std::string(owner)] = {{string(text)}};
        const auto report = check(zone, {.author_domain = string(one.at("from")),
                                         .spf_domain = one.at("spf_pass").as_bool() ? string(one.at("mail_from")) : "",
                                         .dkim_domains = strings(one.at("dkim_pass_domains"))});
        const auto other = differently.find(name);
        const auto& expect = one.at("expect");
        const auto want = other != differently.end() ? other->second : expect.is_null() ? "None" : string(expect);
        EXPECT_EQ(report.result == Result::Pass ? "pass" : std::string(to_text(report.disposition)), text::lower(want));
    }
}

// RFC 9989 §4.7
TEST(DmarcConformance, MoxRecords) {
    const auto file = folder() / "records" / "mox" / "dmarc-record.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    // Only v= has its place; RFC 7489 had one for p= too.
    const std::map<std::string, bool> differently = {{"v=DMARC1; sp=reject; p=reject", true}};
    for (const auto& one : read(file).at("cases").as_array()) {
        const auto input = string(one.at("input"));
        const auto other = differently.find(input);
        EXPECT_EQ(parse_record(input).has_value(),
                  other == differently.end() ? one.at("valid").as_bool() : other->second)
            << input;
    }
}

}  // namespace
}  // namespace dmarc
