#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "config/schema.h"

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

enum class Colour { Red, Blue };
constexpr auto choices(Colour) {
    return std::array<config::Choice<Colour>, 2>{{{"red", Colour::Red}, {"blue", Colour::Blue}}};
}

struct Entrance {
    ip::Endpoint address;
    bool secret = false;
    bool operator==(const Entrance&) const = default;
};
auto settings(const Entrance*) {
    return std::tuple{config::required(config::setting("address", &Entrance::address, "Where.")),
                      config::setting("secret", &Entrance::secret, "Whether hidden.")};
}

struct Limits {
    std::uint16_t connections = 20;
    std::uint64_t size = 4096;
    bool operator==(const Limits&) const = default;
};
auto settings(const Limits*) {
    return std::tuple{config::setting("connections", &Limits::connections, "At a time.", {1, 1000}),
                      config::octets("size", &Limits::size, "Of each.", {16, 1 << 30})};
}

struct Home {
    std::string owner = "nobody";
    bool operator==(const Home&) const = default;
};
auto settings(const Home*) {
    return std::tuple{config::setting(
        "owner", &Home::owner, "Whose.",
        +[](const std::string& owner) -> std::string { return owner == "root" ? "root owns nothing here" : ""; })};
}

struct Everything {
    std::string name = "x";
    Colour colour = Colour::Red;
    std::chrono::seconds patience{90};
    std::optional<ip::Address> bind;
    std::vector<ip::Network> networks;
    double growth = 2;
    Limits limits;
    std::vector<Entrance> listen;
    std::map<std::string, Home> homes;
    bool operator==(const Everything&) const = default;
};
auto settings(const Everything*) {
    return std::tuple{config::setting("name", &Everything::name, "Its name."),
                      config::setting("colour", &Everything::colour, "Its colour."),
                      config::setting("patience", &Everything::patience, "How long.", {1s, 1h}),
                      config::setting("bind", &Everything::bind, "From where."),
                      config::setting("networks", &Everything::networks, "Friends."),
                      config::setting("growth", &Everything::growth, "How fast.", {1, 10}),
                      config::setting("limits", &Everything::limits, "Limits."),
                      config::setting("listen", &Everything::listen, "Entrances."),
                      config::setting("homes", &Everything::homes, "Homes.")};
}
std::string flaw(const Everything& all) { return all.name == "paradox" ? "contradicts itself" : ""; }

std::expected<Everything, config::Problems> load(std::string_view text) {
    auto document = config::parse_text(text, "x.toml");
    if (!document) return std::unexpected(document.error());
    return config::read<Everything>(*document);
}

std::vector<std::string> complaints(std::string_view text) {
    std::vector<std::string> lines;
    auto loaded = load(text);
    if (loaded) return lines;
    for (const auto& problem : loaded.error()) lines.push_back(to_text(problem));
    return lines;
}

TEST(ConfigLoad, TakesDefaultsForWhatIsNotWritten) {
    auto loaded = load("");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(*loaded, Everything{});
}

TEST(ConfigLoad, ReadsEveryType) {
    auto loaded = load(R"(
name = "mail"
colour = "blue"
patience = "1m30s"
bind = "192.0.2.1"
networks = ["192.0.2.0/24", "::1"]
growth = 3
limits = {connections = 7, size = "2MB"}
[[listen]]
address = "[::]:25"
[[listen]]
address = "127.0.0.1:2525"
secret = true
[homes."a b"]
owner = "ann"
)");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->name, "mail");
    EXPECT_EQ(loaded->colour, Colour::Blue);
    EXPECT_EQ(loaded->patience, 90s);
    EXPECT_EQ(loaded->bind, ip::parse_address("192.0.2.1"));
    EXPECT_EQ(loaded->networks.size(), 2u);
    EXPECT_EQ(loaded->growth, 3);
    EXPECT_EQ(loaded->limits, (Limits{7, 2 << 20}));
    ASSERT_EQ(loaded->listen.size(), 2u);
    EXPECT_EQ(ip::to_text(loaded->listen[0].address), "[::]:25");
    EXPECT_TRUE(loaded->listen[1].secret);
    EXPECT_EQ(loaded->homes.at("a b").owner, "ann");
}

TEST(ConfigLoad, SaysWhatIsWrongWhereAndWhatWouldBeRight) {
    struct Case {
        std::string_view text;
        std::string_view want;
    };
    const Case cases[] = {
        {"name = 3", "x.toml:1:8: name: is 3; it must be a string"},
        {"\n  colour = \"green\"", "x.toml:2:12: colour: \"green\" is not usable; it must be one of \"red\", \"blue\""},
        {"patience = 90", "x.toml:1:12: patience: is 90; it must be a duration, such as \"90s\" or \"1h30m\""},
        {"patience = \"2h\"", "x.toml:1:12: patience: \"2h\" is too large; \"1s\" to \"1h\" is allowed"},
        {"patience = \"1500ms\"",
         "x.toml:1:12: patience: \"1500ms\" is finer than this setting can hold; whole seconds are allowed"},
        {"[limits]\nconnections = 0", "x.toml:2:15: limits.connections: 0 is too small; 1 to 1000 is allowed"},
        {"[limits]\nconnections = 70000", "x.toml:2:15: limits.connections: 70000 is too large; 1 to 1000 is allowed"},
        {"[limits]\nconnections = -1", "x.toml:2:15: limits.connections: -1 is too small; 1 to 1000 is allowed"},
        {"[limits]\nsize = \"2GB\"", "x.toml:2:8: limits.size: \"2GB\" is too large; 16 to \"1GB\" is allowed"},
        {"limits = true", "x.toml:1:10: limits: is true; it must be a table"},
        {"networks = [\"10.0.0.0/40\"]",
         "x.toml:1:13: networks: \"10.0.0.0/40\" is not usable; it must be an IP network, such as \"192.0.2.0/24\" or "
         "\"2001:db8::/32\""},
        {"[[listen]]\nsecret = true",
         "x.toml:1:1: listen.address: is missing; it has no default: set it to an address and a port, such as "
         "\"0.0.0.0:25\" or \"[::]:25\""},
        {"[homes.x]\nowner = \"root\"", "x.toml:2:9: homes.x.owner: \"root\" is not usable; root owns nothing here"},
        {"growth = nan", "x.toml:1:10: growth: is nan; it must be a number"},
        {"growth = 11.5", "x.toml:1:10: growth: 11.5 is too large; 1 to 10 is allowed"},
        {"name = \"\\u001b[0m\"\ncolour = \"\\u001b\"",
         "x.toml:2:10: colour: \"\\x1b\" is not usable; it must be one of \"red\", \"blue\""},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(complaints(text), ElementsAre(std::string(want)));
    }
}

TEST(ConfigLoad, ReportsAllThatIsWrongAtOnce) {
    EXPECT_EQ(complaints("name = 1\ncolour = 2\n[limits]\nconnections = -1\n[[listen]]\n[[listen]]\n").size(), 5u);
}

TEST(ConfigLoad, LetsAStructCheckItsKeysTogether) {
    EXPECT_THAT(complaints("name = \"paradox\""), ElementsAre(HasSubstr("contradicts itself")));
}

TEST(ConfigLoad, SaysWhereTheSyntaxIsBroken) {
    EXPECT_THAT(complaints("name = \"a\"\ncolour = "), ElementsAre(testing::StartsWith("x.toml:2:")));
    EXPECT_THAT(complaints("name =\ncolour = 1"),
                ElementsAre("x.toml:1:7: Error while parsing key-value pair: expected value, saw the end of the line"));
    EXPECT_THAT(complaints("name = 1\nname = 2"), ElementsAre(testing::StartsWith("x.toml:2:")));
    EXPECT_EQ(complaints("include = [\"x\"]").size(), 1u);
}

TEST(ConfigSchema, FindsUnknownKeysAndSuggests) {
    const config::Known known = config::schema<Everything>();
    struct Case {
        std::string_view text;
        std::string_view want;
    };
    const Case cases[] = {
        {"nmae = 1", "x.toml:1:1: nmae: there is no such setting; did you mean name?"},
        {"connections = 1", "x.toml:1:1: connections: there is no such setting; did you mean limits.connections?"},
        {"[limits]\nconections = 1",
         "x.toml:2:1: limits.conections: there is no such setting; did you mean limits.connections?"},
        {"[[listen]]\nadress = 1", "x.toml:2:1: listen.adress: there is no such setting; did you mean listen.address?"},
        {"[homes.\"a.b\"]\nonwer = 1",
         "x.toml:2:1: homes.\"a.b\".onwer: there is no such setting; did you mean homes.\"a.b\".owner?"},
        {"zzzzzz = 1", "x.toml:1:1: zzzzzz: there is no such setting; hermod.toml(5) lists what there is"},
        {"[cid]", "x.toml:1:2: cid: there is no such setting; hermod.toml(5) lists what there is"},
        {"[homes.a.b]\nowner = \"x\"",
         "x.toml:1:8: homes.a: is no whole name; a name with dots stands in quotes: [homes.\"a.b\"]"},
        {"[homes.a.b.c]\n[homes.a.b.d]",
         "x.toml:1:8: homes.a: is no whole name; a name with dots stands in quotes: [homes.\"a.b.c\"]"},
        {"[homes.\"a.b\".c]",
         "x.toml:1:14: homes.\"a.b\".c: there is no such setting; hermod.toml(5) lists what there is"},
        {"[[listen]]\naddress = \"[::]:25\"\ncolour = \"red\"",
         "x.toml:3:1: listen.colour: there is no such setting; colour belongs above the first [table] of the file"},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        auto document = config::parse_text(text, "x.toml");
        ASSERT_TRUE(document);
        const auto problems = config::unknown_keys(*document, known);
        ASSERT_EQ(problems.size(), 1u);
        EXPECT_EQ(to_text(problems[0].problem), want);
    }
}

TEST(ConfigSchema, DescribesDefaultsAndRanges) {
    const config::Known known = config::schema<Everything>();
    EXPECT_EQ(known.find("patience")->standard, "\"1m30s\"");
    EXPECT_EQ(known.find("patience")->allowed, "\"1s\" to \"1h\"");
    EXPECT_EQ(known.find("limits")->find("size")->standard, "\"4KB\"");
    EXPECT_TRUE(known.find("listen")->find("address")->is_required);
    config::Known twice = known;
    config::merge(twice, known);
    EXPECT_EQ(twice, known);
}

TEST(ConfigNode, WritesWhatReadsTheSame) {
    const std::string_view text = R"(
name = "a\"b\\c\n\u0001ü"
colour = "blue"
growth = 1.5
networks = ["10.0.0.0/8"]
[limits]
connections = 5
[[listen]]
address = "[::1]:25"
[[listen]]
address = "[::1]:26"
[homes."x.y"]
)";
    auto document = config::parse_text(text, "x.toml");
    ASSERT_TRUE(document);
    const std::string written = config::to_toml(document->root);
    EXPECT_EQ(config::load<Everything>(written), *load(text)) << written;
}

class ConfigFiles : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "hermod-config-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, std::string_view text) {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }

    std::filesystem::path folder_;
};

TEST_F(ConfigFiles, IncludeOthersInOrderAndMergesTables) {
    write("conf.d/b.toml", "[[listen]]\naddress = \"127.0.0.1:2\"\n[limits]\nsize = 100");
    write("conf.d/a.toml", "[[listen]]\naddress = \"127.0.0.1:1\"");
    auto document = config::parse_file(write("main.toml",
                                             "include = [\"conf.d/*.toml\", \"none/*.toml\"]\n[limits]\nconnections = "
                                             "3\n[[listen]]\naddress = \"127.0.0.1:9\""));
    ASSERT_TRUE(document) << to_text(document.error()[0]);
    auto loaded = config::read<Everything>(*document);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->limits, (Limits{3, 100}));
    ASSERT_EQ(loaded->listen.size(), 3u);
    EXPECT_EQ(loaded->listen[0].address.port, 9);
    EXPECT_EQ(loaded->listen[1].address.port, 1);
    EXPECT_EQ(loaded->listen[2].address.port, 2);
}

TEST_F(ConfigFiles, SayWhichFileIsWrong) {
    const auto part = write("part.toml", "name = \"b\"\ncolour = 1");
    auto document = config::parse_file(write("main.toml", "include = [\"part.toml\"]\nname = \"a\""));
    ASSERT_FALSE(document);
    EXPECT_EQ(to_text(document.error()[0]),
              part + ":1:1: name: is set twice; it is already set at " + (folder_ / "main.toml").string() + ":2");
}

TEST_F(ConfigFiles, EndCirclesAndAbsence) {
    auto circle = config::parse_file(write("main.toml", "include = [\"main.toml\"]"));
    ASSERT_FALSE(circle);
    EXPECT_THAT(to_text(circle.error()[0]), HasSubstr("includes itself"));
    auto absent = config::parse_file(write("other.toml", "include = [\"nowhere.toml\"]"));
    ASSERT_FALSE(absent);
    EXPECT_THAT(to_text(absent.error()[0]), HasSubstr("there is no such file"));
    EXPECT_FALSE(config::parse_file(folder_ / "missing.toml"));
    EXPECT_FALSE(config::parse_file(folder_));
    auto wrong = config::parse_file(write("third.toml", "include = 3"));
    ASSERT_FALSE(wrong);
    EXPECT_THAT(to_text(wrong.error()[0]), HasSubstr("is not a list of file names"));
}

TEST_F(ConfigFiles, AreNotIncludedWithoutEnd) {
    for (int i = 0; i < 12; ++i)
        write("f" + std::to_string(i) + ".toml", "include = [\"f" + std::to_string(i + 1) + ".toml\"]");
    auto document = config::parse_file(folder_ / "f0.toml");
    ASSERT_FALSE(document);
    EXPECT_THAT(to_text(document.error()[0]), HasSubstr("included too deep"));
}

}  // namespace
