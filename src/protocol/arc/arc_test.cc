#include <gtest/gtest.h>

#include "arc/sealer.h"
#include "arc/verifier.h"

namespace arc {
namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

constexpr std::string_view message =
    "Authentication-Results: mx.example.org; arc=none; dkim=pass (a; b) header.d=example.com\r\n"
    "Authentication-Results: forged.example; dmarc=pass\r\n"
    "authentication-results: MX.example.org 1; spf=pass smtp.mfrom=\"a;b\"@example.com\r\n"
    "From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: x\r\n\r\nHello\r\n";

const DigestSigner& key() {
    static const auto made = DigestSigner::make(SignatureKind::Ed25519);
    return made;
}

dns::Answer key_answer() {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::Found, .records = {}};
    answer.records.push_back(
        {{}, dns::Type::Txt, 300, dns::Txt{{dkim::to_record(key().kind(), key().public_octets())}}});
    return answer;
}

Report verify(std::string_view text, const dns::Answer& answer = key_answer(), std::size_t* questions = nullptr) {
    Verifier verifier;
    for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(7, text.size()))) verifier.add(text.substr(0, 7));
    verifier.finish();
    while (verifier.question()) {
        if (questions) ++*questions;
        verifier.answer(answer);
    }
    return verifier.report();
}

Sealer sealer_of(std::string_view text, std::string id = "mx.example.org") {
    Sealer sealer({.authserv_id = std::move(id), .fields = {}, .timestamp = 12345});
    sealer.add(text);
    sealer.finish();
    return sealer;
}

std::string seal(std::string_view text, Result chain = Result::None, std::string id = "mx.example.org") {
    auto sealer = sealer_of(text, std::move(id));
    sealer.set_chain(chain);
    EXPECT_EQ(sealer.refusal(), "");
    const dkim::Naming naming{"example.org", "one", dkim::Algorithm::Ed25519Sha256, ""};
    const auto signature = sealer.message_signature(naming);
    const auto message_signature = signature.complete(key().sign(signature.digest));
    const auto draft = sealer.seal(naming, message_signature);
    return draft.complete(key().sign(draft.digest)) + message_signature + sealer.results() + std::string(text);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

// RFC 8617 §5.1, §5.2
TEST(Arc, ChainOfThreeIsSealedAndVerified) {
    EXPECT_EQ(verify(message).result, Result::None);
    std::string text(message);
    for (std::size_t instance = 1; instance <= 3; ++instance) {
        text = seal(text, instance == 1 ? Result::None : Result::Pass, "other.example");
        std::size_t questions = 0;
        const auto report = verify(text, key_answer(), &questions);
        EXPECT_EQ(to_text(report.result), "pass") << report.reason;
        EXPECT_EQ(report.instances, instance);
        EXPECT_EQ(report.sealers, std::vector<std::string>(instance, "example.org"));
        EXPECT_EQ(questions, 1u);
    }
    EXPECT_EQ(verify("Received: by us\r\n" + text).result, Result::Pass);
}

// RFC 8617 §5.2: what was changed, and where it shows
TEST(Arc, FailsWhereSomethingWasChanged) {
    const auto two = seal(seal(message), Result::Pass, "other.example");
    EXPECT_EQ(verify(two).result, Result::Pass);
    EXPECT_EQ(verify(two + "more\r\n").reason, "message signature 2: the body hash did not verify");
    EXPECT_EQ(verify(replaced(two, "Subject: x", "Subject: y")).reason,
              "message signature 2: the signature did not verify");
    EXPECT_EQ(verify(replaced(two, "ARC-Authentication-Results: i=2; other.example; none",
                              "ARC-Authentication-Results: i=2; other.example; dmarc=pass"))
                  .reason,
              "seal 2: the signature did not verify");
    EXPECT_EQ(verify(two, dns::failed("SERVFAIL")).reason,
              "message signature 2: the key could not be looked up: SERVFAIL");
    EXPECT_TRUE(verify(two, dns::failed("SERVFAIL")).is_temporary);
}

// RFC 8617 §4.2.1, §5.2
TEST(Arc, FailsWithoutStructure) {
    const auto one = seal(message);
    const auto line = [](std::string_view name, std::string_view value) {
        return std::string(name) + ": " + std::string(value) + "\r\n";
    };
    EXPECT_EQ(verify(line("ARC-Seal", "i=51; a=rsa-sha256") + one).reason, "ARC-Seal has no instance from 1 to 50");
    EXPECT_EQ(verify(line("ARC-Seal", "i=0; a=rsa-sha256") + one).result, Result::Fail);
    EXPECT_EQ(verify(line("ARC-Authentication-Results", "i=1; x; none") + one).reason,
              "ARC-Authentication-Results with i=1 stands there twice");
    EXPECT_EQ(verify(line("ARC-Authentication-Results", "i=3; x; none") + one).reason, "an instance is missing");
    EXPECT_EQ(verify(line("ARC-Authentication-Results", "i=2; x; none") + one).reason,
              "instance 2: a field is missing");
    EXPECT_EQ(verify(replaced(one, "cv=none", "cv=pass")).reason, "instance 1: cv=pass");
    EXPECT_EQ(verify(replaced(one, "cv=none;", "cv=none; h=from;")).reason, "instance 1: a seal has no h=");
    EXPECT_EQ(verify(replaced(one, "h=from:from:", "h=arc-seal:from:")).reason,
              "message signature 1: h= names ARC-Seal");
    std::string flood;
    for (int i = 0; i < 100'000; ++i) flood += "ARC-Seal: i=1; a=x\r\n";
    EXPECT_EQ(verify(flood + one).result, Result::Fail);
}

// RFC 8617 §5.1.1, §5.1.2
TEST(Arc, SealsAFailedChainOnceAndNoMore) {
    const auto broken = replaced(seal(message), "Subject: x", "Subject: y");
    EXPECT_EQ(verify(broken).result, Result::Fail);
    const auto marked = seal(broken, Result::Fail, "other.example");
    EXPECT_NE(marked.find("cv=fail; d=example.org; i=2;"), std::string::npos) << marked;
    EXPECT_EQ(verify(marked).reason, "instance 2: cv=fail");
    EXPECT_EQ(sealer_of(marked).refusal(), "the chain has failed already");
}

// RFC 8617 §4.1.1, RFC 8601 §2.2
TEST(Arc, TakesWhatOurOwnResultsSay) {
    const auto sealer = sealer_of(message);
    EXPECT_EQ(sealer.stated(), Result::None);
    EXPECT_EQ(sealer.results(),
              "ARC-Authentication-Results: i=1; mx.example.org; arc=none; dkim=pass (a; b)\r\n "
              "header.d=example.com; spf=pass smtp.mfrom=\"a;b\"@example.com\r\n");
    EXPECT_EQ(sealer_of(message, "none.example").results(), "ARC-Authentication-Results: i=1; none.example; none\r\n");
    EXPECT_EQ(sealer_of(message, "none.example").stated(), std::nullopt);
    EXPECT_EQ(split_results(" a ;b(x;(y);\\))\r\n c;\"d;\\\"\" ;"),
              (std::vector<std::string>{"a", "b(x;(y);\\)) c", "\"d;\\\"\"", ""}));
    EXPECT_EQ(sealer_of("To: x\r\n\r\n").refusal(), "the message has no From");
}

}  // namespace
}  // namespace arc
