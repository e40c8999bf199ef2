#include "srs/address.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace srs {
namespace {

namespace json = boost::json;

constexpr std::int64_t noon = 1'577'836'860;  // 2020-01-01, day 226 of its cycle: "HC"
constexpr std::int64_t day = 86'400;

Key key(std::string secret = "foo") { return {.secrets = {std::move(secret)}}; }

std::string reversed(std::string_view address, const Key& with, std::int64_t now = noon) {
    const auto found = reverse(address, with, now);
    return found ? *found : std::string(describe(found.error()));
}

}  // namespace

TEST(Srs, GoesThereAndBack) {
    for (const std::string sender :
         {"user@host.tld", "a=b=c@x.example", "-@x.example", "SRS0@x.example", "srs1@x.example", "\"a b\"@x.example",
          "\"a@b\"@x.example", "\"say \\\"\\\\\\\"\"@x.example", "user@[192.0.2.1]", "user@[IPv6:2001:db8::1]",
          "j\xc3\xbcrgen@b\xc3\xbc"
          "cher.example",
          "SRS1=oops@x.example", "SRS0=@x.example"}) {
        SCOPED_TRACE(sender);
        const auto once = forward(sender, "first.example", key("first"), noon);
        ASSERT_TRUE(once);
        EXPECT_TRUE(is_rewritten(*once));
        EXPECT_EQ(reversed(*once, key("first"), noon + 21 * day), sender);
        const auto twice = forward(*once, "second.example", key("second"), noon);
        ASSERT_TRUE(twice);
        const auto thrice = forward(*twice, "third.example", key("third"), noon);
        ASSERT_TRUE(thrice);
        EXPECT_LE(thrice->size(), twice->size() + 1);  // it grows by no hop any more
        EXPECT_EQ(reversed(*thrice, key("third")), sender.starts_with("SRS0=") ? sender : *once);
        EXPECT_EQ(reversed(*twice, key("second")), sender.starts_with("SRS0=") ? sender : *once);
    }
}

TEST(Srs, LeavesItsOwnSendersAlone) {
    EXPECT_EQ(forward("ann@Fwd.Example", "fwd.example", key(), noon), "ann@Fwd.Example");
}

TEST(Srs, TakesEachSecretBackAndSignsWithTheFirst) {
    const auto old = forward("user@host.tld", "fwd.example", key("old"), noon).value();
    EXPECT_EQ(reversed(old, {.secrets = {"new", "old"}}), "user@host.tld");
    EXPECT_EQ(reversed(old, {.secrets = {"new"}}), "not written by us, or changed since");
    EXPECT_EQ(forward("user@host.tld", "fwd.example", {.secrets = {"old", "new"}}, noon), old);
    EXPECT_EQ(reversed(old, {.secrets = {}}), "not written by us, or changed since");
}

TEST(Srs, TakesLongerProofsNeverShorterOnes) {
    const Key longer{.secrets = {"foo"}, .separator = '+', .hash_length = 27};
    const auto address = forward("user@host.tld", "fwd.example", longer, noon).value();
    EXPECT_EQ(reversed(address, key()), "user@host.tld");
    EXPECT_EQ(reversed("SRS0=l88=2W=host.tld=user@fwd.example", key()), "not written by us, or changed since");
}

// Whoever forges one forges the shortest that is taken.
TEST(Srs, DemandsProofsAsLongAsTheKeySays) {
    Key strict{.secrets = {"foo"}, .hash_length = 12, .hash_minimum = 12};
    const auto address = forward("user@host.tld", "fwd.example", strict, noon).value();
    EXPECT_EQ(address.substr(0, 5), "SRS0=");
    EXPECT_EQ(address.find('=', 5), 17u);
    EXPECT_EQ(reversed(address, strict), "user@host.tld");
    const auto shorter = forward("user@host.tld", "fwd.example", key(), noon).value();
    EXPECT_EQ(reversed(shorter, strict), "not written by us, or changed since");
    const auto second = forward("SRS0=aaaa=HC=host.tld=user@first.example", "fwd.example", key(), noon).value();
    EXPECT_EQ(reversed(second, strict), "not written by us, or changed since");
    strict.hash_minimum = 4;  // while those that are under way come back
    EXPECT_EQ(reversed(shorter, strict), "user@host.tld");
    strict.hash_minimum = 0;
    EXPECT_EQ(reversed("SRS0=" + shorter.substr(6), strict), "not written by us, or changed since") << "never fewer";
}

TEST(Srs, GrowsOldAndIsNotFromTheFuture) {
    const auto address = forward("user@host.tld", "fwd.example", key(), noon).value();
    for (const auto& [days, wanted] : {std::pair<int, bool>{-1, false},
                                       {0, true},
                                       {21, true},
                                       {22, false},
                                       {1023, false},
                                       {1024, true},
                                       {-226 - 18'000, false}}) {
        SCOPED_TRACE(days);
        EXPECT_EQ(reverse(address, key(), noon + days * day).has_value(), wanted);
    }
    EXPECT_FALSE(reverse(address, key(), noon + day, 0));
    EXPECT_TRUE(reverse(address, key(), noon + 40 * day, 40));
}

TEST(Srs, RefusesWhatIsNoAddress) {
    for (const std::string_view sender :
         {"", "@", "user", "@host.tld", "user@", "user@a=b", "user@a b", "us\r\ner@host.tld", "\"open@host.tld",
          "\"a\"b\"@host.tld", "\"a\\\"@host.tld", "\"\"@host.tld", "user@host.tld>"}) {
        SCOPED_TRACE(sender);
        EXPECT_EQ(forward(sender, "fwd.example", key(), noon), std::unexpected(Refusal::NoAddress));
        EXPECT_EQ(reverse(sender, key(), noon), std::unexpected(Refusal::NoAddress));
    }
    EXPECT_EQ(forward("user@host.tld", "", key(), noon), std::unexpected(Refusal::NoAddress));
    EXPECT_EQ(reverse("user@host.tld", key(), noon), std::unexpected(Refusal::NotSrs));
    EXPECT_EQ(reverse("SRS1=aaaa=host@x.example", key(), noon), std::unexpected(Refusal::Malformed));
}

// RFC 5321 §4.5.3.1: over 64 octets of local part is written, a path over 256 is not.
TEST(Srs, GrowsBeyondTheLocalPartAndNotBeyondThePath) {
    const std::string longest(64, 'a');
    const auto address = forward(longest + "@host.tld", "fwd.example", key(), noon);
    ASSERT_TRUE(address);
    EXPECT_EQ(reversed(*address, key()), longest + "@host.tld");
    EXPECT_EQ(forward(longest + "@" + std::string(170, 'b'), "forwarder.example", key(), noon),
              std::unexpected(Refusal::TooLong));
    EXPECT_EQ(reverse("SRS0=" + std::string(300, 'a') + "@x", key(), noon), std::unexpected(Refusal::TooLong));
}

// Whatever one changes in the address, it does not lead anywhere else.
TEST(Srs, IsNotChangedUnnoticed) {
    const auto address = forward("user@host.tld", "fwd.example", key(), noon).value();
    for (std::size_t i = 5; i < address.find('@'); ++i)
        for (const char c : {'x', '=', '@', '7'}) {
            auto changed = address;
            changed[i] = c;
            if (const auto found = reverse(changed, key(), noon)) EXPECT_EQ(*found, "user@host.tld") << changed;
        }
}

// Made with Mail::SRS.
TEST(Srs, AgreesWithMailSrs) {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    const auto folder = given ? std::filesystem::path(given) : HERMOD_SOURCE "/../shared/conformance";
    std::ifstream file(folder / "srs" / "mail-srs-vectors.json");
    if (!file) GTEST_SKIP() << "the conformance data is not here";
    const auto all = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    int forwards = 0, reverses = 0;
    for (const auto& value : all.at("cases").as_array()) {
        const auto& example = value.as_object();
        const auto text = [&](std::string_view name) { return std::string(example.at(name).as_string()); };
        SCOPED_TRACE(text("id"));
        const auto now = example.at("time").as_int64();
        Key with = key(text("secret"));
        if (text("op") == "reverse") {
            ++reverses;
            const auto found =
                reverse(text("address"), with, now, static_cast<unsigned>(example.at("max_age_days").as_int64()));
            EXPECT_EQ(found.has_value(), !example.at("result").is_null());
            if (found) EXPECT_EQ(*found, text("result"));
            continue;
        }
        ++forwards;
        with.separator = text("separator")[0];
        EXPECT_EQ(forward(text("sender"), text("alias"), with, now), text("srs0"));
        EXPECT_EQ(forward(text("srs0"), text("second_alias"), with, now), text("srs1"));
        EXPECT_EQ(reversed(text("srs0"), with, now), text("reverse_srs0"));
        EXPECT_EQ(reversed(text("srs1"), with, now), text("reverse_srs1"));
    }
    EXPECT_EQ(forwards, 98);
    EXPECT_EQ(reverses, 16);
}

}  // namespace srs
