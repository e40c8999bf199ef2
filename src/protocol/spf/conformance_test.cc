// The suites that other implementations are held against: openspf's for RFC 7208, and pyspf's own. Each case is
// answered from the zone that stands beside it.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "dns/table.h"
#include "spf/check.h"
#include "spf/record.h"

namespace spf {
namespace {

namespace json = boost::json;

std::filesystem::path folder() {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    return given ? std::filesystem::path(given) : HERMOD_SOURCE "/../shared/conformance";
}

void add_line(std::string& lines, const std::string& name, const std::string& type, const json::value& data) {
    lines += json::serialize(json::object{{"name", name}, {"type", type}, {"data", data}}) + '\n';
}

json::string string_of(const YAML::Node& node) { return json::string(node.as<std::string>()); }

// The root is written as nothing at all there, as in tables.
json::value data_of(const std::string& type, const YAML::Node& value) {
    if (type == "MX") return json::string(value[0].as<std::string>() + ' ' + value[1].as<std::string>());
    if (value.IsScalar()) return string_of(value);
    json::array strings;
    for (const auto& string : value) strings.push_back(string_of(string));
    return strings;
}

/// TXT records are those of the name, or its SPF records where it has none. TIMEOUT: it has no others to give.
std::string lines_of(const std::string& name, const YAML::Node& records) {
    std::string lines;
    std::set<std::string> types;
    std::vector<json::value> spf;
    bool times_out = false;
    for (const auto& record : records) {
        if (record.IsScalar()) {
            times_out = true;
            continue;
        }
        const auto type = record.begin()->first.as<std::string>();
        const auto value = record.begin()->second;
        types.insert(type);
        if (type == "SPF")
            spf.push_back(data_of(type, value));
        else if (!(type == "TXT" && value.IsScalar() && value.as<std::string>() == "NONE"))
            add_line(lines, name, type, data_of(type, value));
        else
            types.insert("NONE");
    }
    if (!types.contains("TXT"))
        for (const auto& data : spf) add_line(lines, name, "TXT", data);
    const bool has_txt = (types.contains("TXT") || !spf.empty()) && !types.contains("NONE");
    for (const auto* type : {"A", "AAAA", "MX", "PTR", "TXT", "CNAME"})
        if (times_out && !(type == std::string("TXT") ? has_txt : types.contains(type)))
            lines += json::serialize(json::object{{"name", name}, {"type", type}, {"rcode", "TIMEOUT"}}) + '\n';
    return lines;
}

dns::Table zone_of(const YAML::Node& scenario) {
    std::string lines;
    for (const auto& entry : scenario["zonedata"]) lines += lines_of(entry.first.as<std::string>(), entry.second);
    auto table = dns::parse_table(lines);
    EXPECT_TRUE(table) << table.error().line << ": " << table.error().problem << '\n' << lines;
    return table ? *table : dns::Table();
}

Report run(const YAML::Node& test, const dns::Table& table) {
    Check check({.client = ip::parse_address(test["host"].as<std::string>()).value(),
                 .helo = test["helo"].as<std::string>(),
                 .mail_from = test["mailfrom"].as<std::string>()});
    while (const auto& question = check.question()) check.answer(table.answer(*question));
    return check.report();
}

std::vector<std::string> texts(const YAML::Node& node) {
    if (node.IsScalar()) return {node.as<std::string>()};
    return node.as<std::vector<std::string>>();
}

/// What pyspf does beyond the standard, and what RFC 7208 says to it.
const std::map<std::string, Result> deviations{
    // §6: modifiers that nobody knows are ignored. "default=" is from before there was a standard.
    {"default-modifier", Result::Neutral},
    // The same, with a result that the standard does not have (§2.6).
    {"default-modifier-harsh", Result::Neutral},
};

int run_suite(const std::filesystem::path& file, std::string_view default_explanation) {
    int cases = 0;
    for (const auto& scenario : YAML::LoadAllFromFile(file.string())) {
        const auto table = zone_of(scenario);
        for (const auto& entry : scenario["tests"]) {
            const auto name = entry.first.as<std::string>();
            SCOPED_TRACE(name);
            const auto report = run(entry.second, table);
            ++cases;
            if (const auto deviation = deviations.find(name); deviation != deviations.end()) {
                EXPECT_EQ(report.result, deviation->second);
                continue;
            }
            const auto wanted = texts(entry.second["result"]);
            EXPECT_NE(std::ranges::find(wanted, to_text(report.result)), wanted.end())
                << to_text(report.result) << ": " << report.problem;
            if (!entry.second["explanation"]) continue;
            const auto explanation = entry.second["explanation"].as<std::string>();
            EXPECT_EQ(report.is_theirs ? report.explanation : default_explanation, explanation);
        }
    }
    return cases;
}

}  // namespace

TEST(SpfConformance, PassesOpenspfsSuite) {
    const auto file = folder() / "spf" / "official" / "rfc7208-tests.yml";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "the conformance data is not here";
    EXPECT_EQ(run_suite(file, "DEFAULT"), 203);
}

TEST(SpfConformance, PassesPyspfsSuite) {
    const auto file = folder() / "spf" / "pyspf" / "pyspf-tests.yml";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "the conformance data is not here";
    EXPECT_EQ(run_suite(file, "DEFAULT"), 16);
}

// Another parser's idea of what may stand in a record.
TEST(SpfConformance, AgreesOnRecords) {
    std::ifstream file(folder() / "records" / "mox" / "spf-record.json");
    if (!file) GTEST_SKIP() << "the conformance data is not here";
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const auto& value : json::parse(text).at("cases").as_array()) {
        const auto& example = value.as_object();
        const std::string input(example.at("input").as_string());
        SCOPED_TRACE(input);
        // RFC 7208 §7.1: a domain-spec ends in a macro or in a dot and a top label, so "a:x" is none.
        const bool is_one_label = input.contains("a:x");
        EXPECT_EQ(parse_record(input).has_value(), example.at("valid").as_bool() && !is_one_label);
    }
}

}  // namespace spf
