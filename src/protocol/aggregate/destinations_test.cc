#include "aggregate/destinations.h"

#include <gtest/gtest.h>

#include "dns/table.h"

namespace aggregate {
namespace {

constexpr std::string_view table = R"(
{"name": "_dmarc.example.com", "type": "TXT", "data": "v=DMARC1; p=none"}
{"name": "_dmarc.other.example", "type": "TXT", "data": "v=DMARC1; p=none"}
{"name": "example.com._report._dmarc.agrees.example", "type": "TXT", "data": "v=DMARC1"}
{"name": "example.com._report._dmarc.moves.example", "type": "TXT", "data": "v=DMARC1; rua=mailto:new@moves.example!5k"}
{"name": "example.com._report._dmarc.abuses.example", "type": "TXT", "data": "v=DMARC1; rua=mailto:victim@victim.example"}
{"name": "example.com._report._dmarc.spf.example", "type": "TXT", "data": "v=spf1 -all"}
{"name": "example.com._report._dmarc.away.example", "type": "*", "rcode": "TIMEOUT"}
)";

struct Outcome {
    std::vector<std::string> found;
    bool had_temporary_error = false;
    bool operator==(const Outcome&) const = default;
    friend void PrintTo(const Outcome& outcome, std::ostream* out) {
        *out << testing::PrintToString(outcome.found) << (outcome.had_temporary_error ? " for now" : "");
    }
};

Outcome of(std::initializer_list<const char*> uris, const std::string& domain = "example.com") {
    std::vector<dmarc::ReportUri> all;
    for (const auto* uri : uris) all.push_back({uri, 0});
    const auto names = *dns::parse_table(table);
    Destinations destinations(domain, all);
    int asked = 0;
    while (const auto question = destinations.question()) {
        EXPECT_LT(++asked, 200);
        destinations.answer(names.answer(*question));
    }
    Outcome outcome{{}, destinations.had_temporary_error()};
    for (const auto& [address, most] : destinations.found())
        outcome.found.push_back(address + (most ? "!" + std::to_string(most) : ""));
    return outcome;
}

// RFC 9990 §4
TEST(ReportDestinations, OutsideOnlyWhereTheyAreWanted) {
    const std::pair<const char*, Outcome> cases[] = {
        {"mailto:a@example.com", {{"a@example.com"}}},
        {"MAILTO:a%2Bb@Example.COM?subject=x", {{"a+b@example.com"}}},
        {"mailto:a@sub.example.com", {{"a@sub.example.com"}}},
        {"mailto:a@other.example", {}},
        {"mailto:a@agrees.example", {{"a@agrees.example"}}},
        {"mailto:a@sub.agrees.example", {}},
        {"mailto:old@moves.example", {{"new@moves.example!5120"}}},
        {"mailto:a@abuses.example", {}},
        {"mailto:a@spf.example", {}},
        {"mailto:a@away.example", {{}, true}},
        {"https://example.com/", {}},
        {"mailto:a@[192.0.2.1]", {}},
        {"mailto:%zz@example.com", {}},
        {"mailto:a@example.com,b@example.com", {}},
    };
    for (const auto& [uri, want] : cases) EXPECT_EQ(of({uri}), want) << uri;
}

TEST(ReportDestinations, AreLookedAtInOrder) {
    EXPECT_EQ(of({"mailto:a@other.example", "mailto:b@example.com", "mailto:c@agrees.example"}),
              (Outcome{{"b@example.com", "c@agrees.example"}}));
    EXPECT_EQ(of({}), Outcome{});
}

// RFC 9990 §4 (4): a name that is too long for the DNS.
TEST(ReportDestinations, ALongNameIsNoConsent) {
    const std::string label(60, 'x');
    EXPECT_EQ(of({"mailto:a@agrees.example"}, label + "." + label + "." + label + "." + label), Outcome{});
}

}  // namespace
}  // namespace aggregate
