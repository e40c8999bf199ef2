#include "provenance/inquiry.h"

#include <gtest/gtest.h>

#include <map>

#include "crypto/digest_signature.h"
#include "dkim/signer.h"

namespace provenance {
namespace {

constexpr std::uint64_t now = 1'700'000'000;

struct Asking : testing::Test {
    crypto::DigestSigner key = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519);
    std::map<std::string, std::string> zone{
        {"s._domainkey.bank.test", dkim::to_record(crypto::SignatureKind::Ed25519, key.public_octets())},
        {"s._domainkey.evil.test", dkim::to_record(crypto::SignatureKind::Ed25519, key.public_octets())},
        {"_dmarc.bank.test", "v=DMARC1; p=reject"}};
    std::string dark;  // names that end so are not answered
    std::string message = "From: ann@bank.test\r\nSubject: x\r\n\r\nhello\r\n";

    std::string sign(const std::string& domain) {
        dkim::Signer signer({.timestamp = now});
        signer.add(message);
        signer.finish();
        const auto draft =
            signer.draft({.domain = domain, .selector = "s", .algorithm = dkim::Algorithm::Ed25519Sha256});
        return draft.complete(key.sign(draft.digest)) + message;
    }
    dns::Answer answer(const dns::Question& question) {
        const auto name = dns::to_text(question.name);
        if (!dark.empty() && name.ends_with(dark)) return dns::failed("nobody there");
        dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName};
        const auto found = zone.find(name);
        if (found == zone.end() || question.type != dns::Type::Txt) return answer;
        answer.existence = dns::Existence::Found;
        answer.records.push_back({.name = question.name, .type = dns::Type::Txt, .value = dns::Txt{{found->second}}});
        return answer;
    }
    Findings look_at(const std::string& text, std::vector<Spf> spf = {}) {
        Inquiry inquiry(now, std::move(spf));
        for (char octet : text) inquiry.add({&octet, 1});
        inquiry.finish();
        while (inquiry.question()) inquiry.answer(answer(*inquiry.question()));
        return inquiry.findings();
    }
};

TEST_F(Asking, PutsEverythingTogether) {
    const auto findings =
        look_at(sign("bank.test"), {{.result = spf::Result::Fail, .domain = "b.test", .name = "a@b.test"}});
    EXPECT_EQ(findings.dmarc.result, dmarc::Result::Pass) << findings.dmarc.reason;
    const auto text = authres::to_text(results_of(findings, "mx.l.test"));
    EXPECT_TRUE(
        text.starts_with("mx.l.test; spf=fail smtp.mailfrom=a@b.test; dkim=pass header.d=bank.test header.s=s "))
        << text;
    EXPECT_TRUE(text.ends_with("; arc=none; dmarc=pass header.from=bank.test")) << text;
    EXPECT_EQ(look_at(message).dmarc.result, dmarc::Result::Fail);
    EXPECT_EQ(look_at("X: y\r\n\r\n").dmarc.result, dmarc::Result::PermError);
}

// RFC 9989 §4.4.2
TEST_F(Asking, BelievesSpfOfTheAuthorsDomain) {
    const Spf of_bank{.result = spf::Result::Pass, .domain = "Bank.test", .name = "a@Bank.test"};
    EXPECT_EQ(look_at(message, {of_bank}).dmarc.result, dmarc::Result::Pass);
    const Spf other{.result = spf::Result::Pass, .domain = "evil.test", .name = "a@evil.test"};
    EXPECT_EQ(look_at(message, {other}).dmarc.result, dmarc::Result::Fail);
    EXPECT_EQ(look_at(message, {other, of_bank}).dmarc.result, dmarc::Result::Fail) << "only the one that counts";
}

// Who forges a name must not be able to turn the failure into a temporary one.
TEST_F(Asking, DnsTroubleOfAStrangerIsNoExcuse) {
    dark = "_domainkey.evil.test";
    EXPECT_EQ(look_at(sign("evil.test")).dmarc.result, dmarc::Result::Fail);
    const Spf unknown{.result = spf::Result::TempError, .domain = "evil.test", .name = "a@evil.test"};
    EXPECT_EQ(look_at(message, {unknown}).dmarc.result, dmarc::Result::Fail);
    dark = "_domainkey.bank.test";
    EXPECT_EQ(look_at(sign("bank.test")).dmarc.result, dmarc::Result::TempError);
    const Spf own{.result = spf::Result::TempError, .domain = "mail.bank.test", .name = "a@mail.bank.test"};
    EXPECT_EQ(look_at(message, {own}).dmarc.result, dmarc::Result::TempError);
    dark = "_dmarc.bank.test";
    EXPECT_EQ(look_at(message).dmarc.result, dmarc::Result::TempError);
}

}  // namespace
}  // namespace provenance
