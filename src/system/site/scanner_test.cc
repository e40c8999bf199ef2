#include "site/scanner.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "site/spam.h"

namespace site {
namespace {

TEST(SiteScanner, ReadsWhereItIs) {
    const std::pair<std::string, std::optional<ScannerPlace>> cases[] = {
        {"127.0.0.1:783", ScannerPlace{"", "127.0.0.1", 783}},
        {"[::1]:3310", ScannerPlace{"", "::1", 3310}},
        {"localhost:11333", ScannerPlace{"", "localhost", 11333}},
        {"scan.example.org:1", ScannerPlace{"", "scan.example.org", 1}},
        {"/run/clamav/clamd.ctl", ScannerPlace{"/run/clamav/clamd.ctl", "", 0}},
        {"/" + std::string(107, 'x'), std::nullopt},
        {"127.0.0.1", std::nullopt},
        {"127.0.0.1:0", std::nullopt},
        {"127.0.0.1:65536", std::nullopt},
        {"127.0.0.1:1x", std::nullopt},
        {"::1:783", std::nullopt},
        {":783", std::nullopt},
        {"", std::nullopt},
        {"run/clamd.ctl", std::nullopt},
    };
    for (const auto& [text, want] : cases) EXPECT_EQ(parse_scanner_place(text), want) << text;
}

struct Table {
    Scanners scanner;
};
auto settings(const Table*) {
    return std::tuple{config::setting("scanner", &Table::scanner, scanners_meaning, scanners_flaw)};
}

TEST(SiteScanner, SaysWhatIsWrong) {
    const auto is_good = [](const std::string& text) {
        return config::read<Table>(*config::parse_text(text, "test")).has_value();
    };
    const std::string good = "[[scanner]]\nname = \"a\"\nkind = \"clamd\"\naddress = \"127.0.0.1:1\"\n";
    EXPECT_TRUE(is_good(good));
    EXPECT_FALSE(is_good(good + good)) << "twice the same name";
    for (const auto* worse : {"user = \"a b\"", "user = \"a\\r\\nb\"", "weight = -1", "connections = 0"})
        EXPECT_FALSE(is_good(good + worse)) << worse;
    EXPECT_FALSE(is_good("[[scanner]]\nname = \"a b\"\nkind = \"clamd\"\naddress = \"127.0.0.1:1\"\n"));
}

TEST(SiteScanner, LooksForVirusesInAllMailAndForSpamInStrangers) {
    EXPECT_FALSE(scans_strangers_alone({.kind = ScannerKind::Clamd}));
    EXPECT_TRUE(scans_strangers_alone({.kind = ScannerKind::Spamd}));
    EXPECT_FALSE(scans_strangers_alone({.kind = ScannerKind::Spamd, .whose = Scanned::All}));
    EXPECT_TRUE(scans_strangers_alone({.kind = ScannerKind::Clamd, .whose = Scanned::Strangers}));
}

}  // namespace
}  // namespace site
