// What the DNS has of a key's record.
#include "signing_keys/publication.h"

#include <gtest/gtest.h>

namespace signing_keys {
namespace {

dns::Answer answer_with(const std::vector<std::string>& texts) {
    dns::Answer answer;
    for (const auto& text : texts) answer.records.push_back({.name = {}, .value = dns::Txt{{text}}});
    answer.outcome = dns::Outcome::Insecure;
    answer.existence = texts.empty() ? dns::Existence::NoData : dns::Existence::Found;
    return answer;
}

TEST(Publication, IsSeen) {
    const auto octets = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519).public_octets();
    const Key key{.selector = "a", .kind = crypto::SignatureKind::Ed25519, .public_octets = octets};
    auto revoked = key;
    revoked.revoked = 1;
    using enum Published;
    struct Case {
        std::vector<std::string> texts;
        Published of_key;
        Published of_revoked;
    };
    const Case cases[] = {
        {{}, Missing, Missing},
        {{record_of(key)}, Yes, Another},
        {{record_of(revoked)}, Another, Yes},
        {{"v=DKIM1; p="}, Another, Yes},
        {{"v=DKIM1; k=ed25519"}, Another, Another},
        {{record_of(key), record_of(key)}, Another, Another},
        {{record_of(key) + "; s=other"}, Another, Another},
    };
    for (const auto& [texts, of_key, of_revoked] : cases) {
        SCOPED_TRACE(texts.empty() ? "" : texts.front());
        const auto answer = answer_with(texts);
        EXPECT_EQ(published(key, answer), of_key);
        EXPECT_EQ(published(record_of(key), answer), of_key);
        EXPECT_EQ(published(revoked, answer), of_revoked);
        EXPECT_EQ(published(record_of(revoked), answer), of_revoked);
    }
    EXPECT_EQ(published(key, dns::failed("no answer")), Unknown);
    EXPECT_EQ(published("nonsense", answer_with({"nonsense"})), Another);
    EXPECT_NE(number_of("a", record_of(key)), number_of("a", record_of(revoked)));
    EXPECT_NE(number_of("a", record_of(key)), number_of("b", record_of(key)));
}

}  // namespace
}  // namespace signing_keys
