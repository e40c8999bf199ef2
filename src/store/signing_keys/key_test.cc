// The life of a key, in words and in times.
#include "signing_keys/key.h"

#include <gtest/gtest.h>

namespace signing_keys {
namespace {

Key key(const std::string& selector, std::int64_t made, std::int64_t seen = 0, std::int64_t used = 0,
        std::int64_t retired = 0) {
    static const auto public_octets = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519).public_octets();
    return {.selector = selector,
            .kind = crypto::SignatureKind::Ed25519,
            .public_octets = public_octets,
            .made = made,
            .seen = seen,
            .used = used,
            .retired = retired};
}

TEST(SigningKeys, AreWrittenAndReadBack) {
    const auto rsa = crypto::DigestSigner::make(crypto::SignatureKind::Rsa, 1024);
    Keys keys{key("ed20261128", 5, 6, 7, 8)};
    keys.push_back(
        {.selector = "a.b", .kind = crypto::SignatureKind::Rsa, .public_octets = rsa.public_octets(), .made = 1});
    EXPECT_EQ(parse_keys(to_text(keys)), keys);
    EXPECT_EQ(parse_keys(""), Keys{});
}

TEST(SigningKeys, DamageIsTold) {
    const auto good = to_text({key("ed1", 5)});
    const auto line = good.substr(good.find('\n') + 1);
    struct Case {
        std::string text;
        std::size_t line;
    };
    const Case cases[] = {
        {"something else\n", 1},
        {good.substr(0, good.size() - 1), 2},
        {good + line, 3},
        {good + "\n", 3},
        {"signing keys 2\n../x" + line.substr(3), 2},
        {"signing keys 2\nED1" + line.substr(3), 2},
        {"signing keys 2\ned1 ed25519 05 0 0 0 0 " + line.substr(line.rfind(' ') + 1), 2},
        {"signing keys 2\ned1 ed25519 -5 0 0 0 0 " + line.substr(line.rfind(' ') + 1), 2},
        {"signing keys 2\ned1 rsa 5 0 0 0 0 " + line.substr(line.rfind(' ') + 1), 2},
        {"signing keys 2\ned1 ed25519 5 0 0 0 0 AAAA\n", 2},
        {"signing keys 2\ned1 ed25519 5 0 0 0 " + line.substr(line.rfind(' ') + 1), 2},
        {"signing keys 1\n" + line, 2},
    };
    for (const auto& [text, number] : cases) {
        const auto read = parse_keys(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error(), number) << text;
    }
}

// RFC 6376 §3.1: a key that signs no more stays while what it signed may still be read.
TEST(SigningKeys, GoFromStateToState) {
    const Terms terms{.wait = 100, .keep = 1000};
    Keys keys;
    EXPECT_TRUE(todo(keys, terms, 0).begin);
    keys = {key("old", 1, 2, 3), key("new", 50)};
    auto next = todo(keys, terms, 60);
    EXPECT_FALSE(next.begin);
    ASSERT_EQ(next.publish.size(), 1u);
    EXPECT_TRUE(next.begin_using.empty());
    keys[1].seen = 70;
    EXPECT_TRUE(todo(keys, terms, 169).begin_using.empty());
    EXPECT_EQ(todo(keys, terms, 169).wait_until, 170);
    EXPECT_EQ(todo(keys, terms, 170).begin_using.size(), 1u);
    take_into_use(keys, 170);
    EXPECT_EQ(state_of(keys[0]), State::Retired);
    EXPECT_EQ(state_of(keys[1]), State::Used);
    EXPECT_TRUE(todo(keys, terms, 1169).remove.empty());
    EXPECT_TRUE(todo(keys, terms, 1169).begin);
    EXPECT_EQ(todo(keys, terms, 1170).remove.size(), 1u);
}

TEST(SigningKeys, OfTheFormatOfBeforeAreRead) {
    const auto now = to_text({key("ed1", 5, 6, 7)});
    const auto octets = now.substr(now.rfind(' '));
    EXPECT_EQ(parse_keys("signing keys 1\ned1 ed25519 5 6 7 0" + octets), (Keys{key("ed1", 5, 6, 7)}));
}

// RFC 6376 §3.6.1: whoever has a key that was revoked can do nothing with it, once that is published.
TEST(SigningKeys, AreRevoked) {
    const Terms terms{.wait = 100, .keep = 1000};
    Keys keys{key("old", 1, 2, 3, 4), key("rsa", 1, 2, 3), key("ed", 1, 2, 3), key("new", 5, 6)};
    EXPECT_EQ(revoke(keys, {"rsa", "nobody"}, 50).size(), 1u);
    EXPECT_EQ(state_of(keys[1]), State::Revoked);
    EXPECT_EQ(record_of(keys[1]), "v=DKIM1; k=ed25519; p=");
    EXPECT_NE(record_of(keys[2]), "v=DKIM1; k=ed25519; p=");
    auto next = todo(keys, terms, 60);
    ASSERT_EQ(next.withdraw.size(), 1u);
    EXPECT_EQ(next.withdraw[0].selector, "rsa");
    EXPECT_EQ(next.wait_until, 106) << "the other one signs";
    EXPECT_TRUE(next_step("x.test", keys, terms, 60).starts_with("publish that rsa._domainkey.x.test is revoked"));
    EXPECT_EQ(revoke(keys, {"ed"}, 60).size(), 1u);
    EXPECT_EQ(todo(keys, terms, 60).begin_using.size(), 1u) << "nothing is signed meanwhile";
    keys[1].seen = 61;
    EXPECT_EQ(todo(keys, terms, 61).withdraw.size(), 1u);
    EXPECT_TRUE(todo(keys, terms, 1003).remove.empty());
    EXPECT_EQ(todo(keys, terms, 1060).remove.size(), 2u) << "old and rsa";
    ASSERT_EQ(todo(keys, terms, 1'000'000).withdraw.size(), 1u) << "the DNS has it still, as far as is known";
    EXPECT_EQ(todo(keys, terms, 1'000'000).withdraw[0].selector, "ed");
    keys[2].seen = 1100;
    EXPECT_EQ(todo(keys, terms, 1100).remove.size(), 3u);
    keys[2].seen = 0;
    EXPECT_EQ(revoke(keys, {}, 70).size(), 2u) << "those that are not yet";
    take_into_use(keys, 80);
    for (const auto& one : keys) EXPECT_EQ(state_of(one), State::Revoked);
    EXPECT_TRUE(todo(keys, terms, 80).begin);
    EXPECT_EQ(parse_keys(to_text(keys)), keys);
}

TEST(SigningKeys, OfACertainAgeGetASuccessor) {
    const Terms terms{.wait = 100, .keep = 1000, .rotate = 500};
    Keys keys{key("a", 1, 2, 10), key("b", 1, 2, 20)};
    EXPECT_FALSE(todo(keys, terms, 509).is_due);
    EXPECT_TRUE(todo(keys, terms, 510).is_due);
    EXPECT_FALSE(todo(keys, {.wait = 100, .keep = 1000}, 1'000'000).is_due) << "by command alone";
    EXPECT_FALSE(todo({}, terms, 1'000'000).is_due) << "the first are made by command";
    EXPECT_EQ(next_step("x.test", keys, terms, 20), "nothing; the server makes new keys on 1970-01-01 00:08 UTC");
    keys.push_back(key("c", 510));
    EXPECT_FALSE(todo(keys, terms, 600).is_due) << "one round at a time";
    EXPECT_EQ(next_step("x.test", keys, terms, 600),
              "publish c._domainkey.x.test; then the server takes them into use");
    keys.back().seen = 600;
    EXPECT_EQ(next_step("x.test", keys, terms, 600),
              "the server, from 1970-01-01 00:11 UTC on, takes the new keys into use");
}

TEST(SigningKeys, OfOneRoundAreTakenIntoUseTogether) {
    Keys keys{key("rsa", 1, 5), key("ed", 1)};
    EXPECT_TRUE(todo(keys, {.wait = 0, .keep = 0}, 100).begin_using.empty());
    keys[1].seen = 50;
    EXPECT_EQ(todo(keys, {.wait = 0, .keep = 0}, 100).begin_using.size(), 2u);
    EXPECT_EQ(todo(keys, {.wait = 60, .keep = 0}, 100).wait_until, 110);
}

TEST(SigningKeys, TellWhatToDoNext) {
    const Terms terms{.wait = 100, .keep = 1000};
    EXPECT_EQ(next_step("x.test", {}, terms, 0), "`hermod dkim rotate x.test` makes the first keys");
    EXPECT_EQ(next_step("x.test", {key("a", 1)}, terms, 0),
              "publish a._domainkey.x.test; then `hermod dkim rotate x.test`");
    EXPECT_EQ(next_step("x.test", {key("a", 1, 20)}, terms, 0),
              "`hermod dkim rotate x.test`, from 1970-01-01 00:02 UTC on, takes the new keys into use");
    EXPECT_EQ(next_step("x.test", {key("a", 1, 20)}, terms, 120),
              "`hermod dkim rotate x.test` takes the new keys into use");
    EXPECT_EQ(next_step("x.test", {key("a", 1, 1, 1)}, terms, 0),
              "nothing; `hermod dkim rotate x.test` begins with new keys");
    EXPECT_EQ(next_step("x.test", {key("a", 1, 1, 1, 2)}, terms, 2000),
              "`hermod dkim rotate x.test` ends a._domainkey.x.test");
}

}  // namespace
}  // namespace signing_keys
