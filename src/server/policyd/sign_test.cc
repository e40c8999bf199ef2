// The mail of our people signed, with a keyd that is there, late, gone, or without the key.
#include "policyd/sign.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "dkim/verifier.h"
#include "policyd/testing/fake_keyd.h"

namespace policyd {
namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

constexpr std::string_view message =
    "Received: by us\r\nFrom: Ann <ann@Example.org>\r\nTo: b@x.test\r\nFeedback-ID: 7\r\nSubject: "
    "hello\r\n\r\nHello\r\n";

struct Signing : ::testing::Test {
    Signing() {
        config.sign = true;
        config.timeout = std::chrono::seconds(1);
        config.known = {testing::known("example.org", "rsa1", rsa), testing::known("example.org", "ed1", ed25519)};
        signer.use(config);
    }
    void start_keyd(std::vector<const DigestSigner*> keys) { signer.connect(keyd.start(std::move(keys))); }
    Signatures sign(std::string_view text = message, const WhyNot& why_not = nothing_against) {
        return sign(Content(std::string(text), {}, text.size()), why_not);
    }
    Signatures sign(const Content& content, const WhyNot& why_not = nothing_against) {
        Signatures signatures;
        bool is_done = false;
        const auto run = [&]() -> net::Task<void> {
            signatures = co_await signer.fields_for(content, why_not);
            is_done = true;
        };
        boost::asio::co_spawn(context, run(), boost::asio::detached);
        while (!is_done) context.run_one(), context.restart();
        return signatures;
    }
    std::vector<dkim::Verdict> verify(const std::string& text) {
        dkim::Verifier verifier(static_cast<std::uint64_t>(std::time(nullptr)));
        verifier.add(text);
        verifier.finish();
        while (const auto question = verifier.question()) {
            const auto& key = to_text(*question).contains("ed1") ? ed25519 : rsa;
            verifier.answer(testing::published(key));
        }
        return verifier.verdicts();
    }

    boost::asio::io_context context{1};
    clocks::SystemClock clock;
    DigestSigner rsa = DigestSigner::make(SignatureKind::Rsa, 1024);
    DigestSigner ed25519 = DigestSigner::make(SignatureKind::Ed25519);
    site::Dkim config;
    Signer signer{context, clock};
    testing::FakeKeyd keyd{context};
};

// RFC 6376 §5; RFC 8463 §3
TEST_F(Signing, WithEachKeyOfTheDomain) {
    config.also_sign = {"Feedback-ID"};
    signer.use(config);
    start_keyd({&rsa, &ed25519});
    const auto signatures = sign();
    EXPECT_FALSE(signatures.refusal);
    EXPECT_EQ(signatures.told, "signed for example.org (rsa1), example.org (ed1)");
    const auto verdicts = verify(signatures.fields + std::string(message));
    ASSERT_EQ(verdicts.size(), 2u);
    for (const auto& verdict : verdicts) {
        EXPECT_EQ(verdict.result, dkim::Result::Pass) << verdict.reason;
        EXPECT_EQ(std::ranges::count(verdict.signed_fields, "feedback-id"), 1);
        EXPECT_EQ(std::ranges::count(verdict.signed_fields, "subject"), 2) << "none can be added";
        EXPECT_EQ(std::ranges::count(verdict.signed_fields, "received"), 0);
    }
    EXPECT_NE(signatures.fields.find(" x="), std::string::npos) << "against replay";
}

TEST_F(Signing, OfAFileAsOfOctets) {
    start_keyd({&rsa, &ed25519});
    std::string text(message);
    while (text.size() < 300'000) text += "a line of the body\r\n";
    text += "without an end";
    file::Descriptor blob(::memfd_create("blob", MFD_CLOEXEC));
    ASSERT_EQ(::write(blob.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    const Content content("", std::move(blob), text.size());
    const auto verdicts = verify(sign(content).fields + text);
    ASSERT_EQ(verdicts.size(), 2u);
    for (const auto& verdict : verdicts) EXPECT_EQ(verdict.result, dkim::Result::Pass) << verdict.reason;
}

// Hostile: the file is cut short.
TEST_F(Signing, WhatCannotBeReadIsRefusedForNow) {
    start_keyd({&rsa, &ed25519});
    const auto signatures = sign(Content("", file::Descriptor(::memfd_create("blob", MFD_CLOEXEC)), 100));
    ASSERT_TRUE(signatures.refusal);
    EXPECT_TRUE(signatures.refusal->is_temporary());
}

TEST_F(Signing, NotWhatIsNobodysOrNotToBe) {
    start_keyd({&rsa, &ed25519});
    const auto of = [](std::string_view header) { return std::string(header) + "\r\n\r\nbody\r\n"; };
    for (const auto& text : {of("From: a@elsewhere.test"), of("From: nobody"), of("To: a@example.org"), of("From: ("),
                             of("From: a@example.org\r\nFrom: b@example.org"), of(" From: a@example.org"),
                             of("From: a@example.org\r\nFrom\r\n : ceo@bank.test"),
                             of("X: y\r\nfrom\r\n\t: ceo@bank.test\r\nFrom: a@example.org")}) {
        const auto signatures = sign(text);
        EXPECT_EQ(signatures.fields, "") << text;
        EXPECT_FALSE(signatures.refusal) << text;
    }
    const auto not_this = sign(message, [](const dkim::Header&) { return std::string("not signed: no"); });
    EXPECT_EQ(not_this.fields, "");
    EXPECT_EQ(not_this.told, "not signed: no");
    config.sign = false;
    signer.use(config);
    EXPECT_EQ(sign().fields, "");
}

TEST_F(Signing, WithoutKeydIsForTheSettingToDecide) {
    auto signatures = sign();
    ASSERT_TRUE(signatures.refusal);
    EXPECT_EQ(signatures.refusal->code, 451);
    EXPECT_EQ(signatures.refusal->enhanced, "4.7.0");
    config.unavailable = site::Unsigned::Accept;
    signer.use(config);
    signatures = sign();
    EXPECT_FALSE(signatures.refusal);
    EXPECT_EQ(signatures.fields, "");
    EXPECT_TRUE(signatures.told.starts_with("not signed")) << signatures.told;
    keyd.is_silent = true;
    start_keyd({&rsa, &ed25519});
    EXPECT_EQ(sign().fields, "") << "one that does not answer";
}

TEST_F(Signing, ASuccessorOfKeydIsAskedAgain) {
    keyd.is_silent = true;
    start_keyd({&rsa, &ed25519});
    boost::asio::post(context, [this] {
        keyd.is_silent = false;
        start_keyd({&rsa, &ed25519});
    });
    EXPECT_EQ(verify(sign().fields + std::string(message)).size(), 2u);
}

// After a reload the keys may be there a moment before the configuration that names them, or after.
TEST_F(Signing, WhatKeydHasNoMoreIsSignedByTheNewConfiguration) {
    const auto renewed = DigestSigner::make(SignatureKind::Ed25519);
    start_keyd({&renewed});
    keyd.after_answer = [&] {
        config.known = {testing::known("example.org", "new", renewed)};
        signer.use(config);
        keyd.after_answer = nullptr;
    };
    EXPECT_EQ(sign().told, "signed for example.org (new)");
    EXPECT_GE(keyd.asked, 2);
}

}  // namespace
}  // namespace policyd
