// keyd as policyd finds it: digests are signed by keys of mail, and by no others.
#include "keyd/mail_keys.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "process/wire.h"
#include "tls/testing/certificates.h"

namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

const DigestSigner& key_of(SignatureKind kind) {
    static const auto rsa = DigestSigner::make(SignatureKind::Rsa, 1024);
    static const auto ed25519 = DigestSigner::make(SignatureKind::Ed25519);
    return kind == SignatureKind::Rsa ? rsa : ed25519;
}

keyd::DigestId id_of(const DigestSigner& key) {
    keyd::DigestId id{};
    std::ranges::copy(crypto::digest(crypto::Digest::Sha256, key.public_octets()), id.begin());
    return id;
}

std::vector<process::Secret> files_of(std::initializer_list<std::pair<std::uint32_t, std::string>> contents) {
    std::vector<process::Secret> files;
    for (const auto& [index, text] : contents) files.push_back({index, process::memory_file(text)});
    return files;
}

class MailDesk : public testing::Test {
protected:
    using Link = ipc::Link<policyd::FromKeyd, keyd::FromPolicyd>;

    MailDesk() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        desk.connect(file::Descriptor(ends[0]));
        link.emplace(context, file::Descriptor(ends[1]),
                     Link::Handlers{.on_message =
                                        [this](policyd::FromKeyd message) {
                                            answers.push_back(std::get<policyd::DigestSigned>(message));
                                        },
                                    .on_gone = [this](const std::string&) { is_cut_off = true; }});
    }
    void turn() {
        for (int i = 0; i < 20; ++i) context.poll(), context.restart();
    }
    std::string ask(const keyd::DigestId& key, std::uint8_t octet) {
        answers.clear();
        keyd::SignDigest request{.ticket = 7, .key = key};
        request.digest.fill(octet);
        link->send(request);
        turn();
        EXPECT_EQ(answers.size(), 1u);
        return answers.empty() ? "none" : answers.front().signature;
    }

    boost::asio::io_context context{1};
    keyd::MailDesk desk{context};
    std::optional<Link> link;
    std::vector<policyd::DigestSigned> answers;
    bool is_cut_off = false;
};

// RFC 6376 §3.3, RFC 8463 §3
TEST_F(MailDesk, SignsDigestsByTheKeyThatIsMeant) {
    keyd::MailKeys keys;
    EXPECT_TRUE(keys.read(files_of({{process::Secret::signing, key_of(SignatureKind::Rsa).to_pem()},
                                    {process::Secret::signing + 1, key_of(SignatureKind::Ed25519).to_pem()}}),
                          {})
                    .empty());
    EXPECT_EQ(keys.count(), 2u);
    desk.use(std::move(keys));
    for (const auto kind : {SignatureKind::Rsa, SignatureKind::Ed25519}) {
        const auto& key = key_of(kind);
        const auto verifier = crypto::DigestVerifier::parse(kind, key.public_octets());
        ASSERT_TRUE(verifier);
        EXPECT_TRUE(verifier->verify(std::string(32, 'd'), ask(id_of(key), 'd')));
    }
    EXPECT_EQ(ask({}, 'd'), "") << "nobody has that key";
    desk.use({});
    EXPECT_EQ(ask(id_of(key_of(SignatureKind::Rsa)), 'd'), "") << "it was taken away";
}

TEST_F(MailDesk, ABrokenPolicydIsCutOff) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    desk.connect(file::Descriptor(ends[0]));
    ipc::Link<policyd::FromKeyd, keyd::FromServer> wrong(
        context, file::Descriptor(ends[1]),
        {.on_message = [](policyd::FromKeyd) {}, .on_gone = [this](const std::string&) { is_cut_off = true; }});
    wrong.send(keyd::SignHandshake{.content = std::string(64, ' ') + "TLS 1.3, server CertificateVerify"});
    turn();
    EXPECT_TRUE(is_cut_off);
}

TEST(MailKeys, AreNotThoseOfTls) {
    const auto pair = tls::testing::make_pair({});
    const auto rsa = key_of(SignatureKind::Rsa).to_pem();
    keyd::Keys of_tls;
    const auto files = files_of({{0, rsa},
                                 {process::Secret::signing, rsa},
                                 {process::Secret::signing + 1, pair.key},
                                 {process::Secret::signing + 2, key_of(SignatureKind::Ed25519).to_pem()}});
    EXPECT_TRUE(of_tls.read(files).empty());
    EXPECT_EQ(of_tls.count(), 1u);
    keyd::MailKeys keys;
    EXPECT_EQ(keys.read(files, of_tls),
              (std::vector<std::string>{"signing key file number 1 is the key of a certificate, and signs no mail",
                                        "signing key file number 2 holds a key that is neither RSA nor Ed25519"}));
    EXPECT_EQ(keys.count(), 1u);
}

}  // namespace
