// A stranger's message sealed on its way to another server: the chain that others verify. RFC 8617.
#include "policyd/seal.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "arc/verifier.h"
#include "policyd/testing/fake_keyd.h"

namespace policyd {
namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

constexpr std::string_view message = "Received: by us\r\nFrom: Ann <ann@far.test>\r\nSubject: hello\r\n\r\nHello\r\n";
constexpr std::string_view head = "Authentication-Results: mx.l.test; dkim=pass header.d=far.test\r\n";

struct Sealing : ::testing::Test {
    Sealing() { line.connect(keyd.start({&rsa})); }
    std::string seal(const std::string& text, const site::DkimKey& by, arc::Result chain = arc::Result::None) {
        std::string set;
        bool is_done = false;
        const Content content(text, {}, text.size());
        const Statement statement{"mx.l.test", std::string(head), chain};
        const auto run = [&]() -> net::Task<void> {
            set = co_await policyd::seal(line, content, statement, by, 1'800'000'000, std::chrono::seconds(1));
            is_done = true;
        };
        boost::asio::co_spawn(context, run(), boost::asio::detached);
        while (!is_done) context.run_one(), context.restart();
        return set;
    }
    arc::Report verify(const std::string& text) {
        arc::Verifier verifier;
        verifier.add(text);
        verifier.finish();
        while (verifier.question()) verifier.answer(testing::published(rsa));
        return verifier.report();
    }

    boost::asio::io_context context{1};
    DigestSigner rsa = DigestSigner::make(SignatureKind::Rsa, 1024);
    testing::FakeKeyd keyd{context};
    DigestLine line{context};
    site::DkimKey key = testing::known("l.test", "rsa1", rsa);
};

// RFC 8617 §5.1
TEST_F(Sealing, MakesTheNextSetOfTheChain) {
    const auto first = seal(std::string(message), key);
    EXPECT_NE(first.find("i=1; mx.l.test; dkim=pass header.d=far.test"), std::string::npos) << first;
    const auto once = first + std::string(head) + std::string(message);
    EXPECT_EQ(to_text(verify(once).result), "pass") << verify(once).reason;
    const auto second = seal(first + std::string(message), key, arc::Result::Pass);
    const auto report = verify(second + std::string(head) + first + std::string(message));
    EXPECT_EQ(to_text(report.result), "pass") << report.reason;
    EXPECT_EQ(report.instances, 2u);
}

TEST_F(Sealing, NotWithoutTheKeyNorWithoutAnAuthor) {
    EXPECT_EQ(seal("Subject: nobody\r\n\r\n", key), "");
    EXPECT_EQ(seal(std::string(message), testing::known("l.test", "x", DigestSigner::make(SignatureKind::Ed25519))),
              "");
    keyd.is_silent = true;
    EXPECT_EQ(seal(std::string(message), key), "") << "keyd does not answer in time";
}

// RFC 8617 §4.1: rsa-sha256 alone
TEST_F(Sealing, ByAKeyThatEverybodyKnows) {
    site::Dkim dkim;
    const auto ed25519 = DigestSigner::make(SignatureKind::Ed25519);
    dkim.known = {testing::known("l.test", "ed1", ed25519)};
    EXPECT_FALSE(sealing_key(dkim, "l.test"));
    dkim.known.push_back(key);
    ASSERT_TRUE(sealing_key(dkim, "l.test"));
    EXPECT_EQ(sealing_key(dkim, "l.test")->selector, "rsa1");
}

}  // namespace
}  // namespace policyd
