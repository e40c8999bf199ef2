// keyd as its neighbours find it: over a line, with keys in files.
#include "keyd/service.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keyd/handshake.h"
#include "process/wire.h"
#include "tls/certificate.h"
#include "tls/testing/certificates.h"

namespace {

using namespace std::string_literals;
using tls::testing::make_pair;
using tls::testing::Pair;

// RFC 8446 §4.4.3: what a server signs.
const std::string certificate_verify =
    std::string(64, ' ') + "TLS 1.3, server CertificateVerify"s + '\0' + std::string(32, 'h');

TEST(Handshake, IsToldFromEverythingElse) {
    const std::string randoms(64, 'r');
    // RFC 8422 §5.4
    for (const auto& good :
         {certificate_verify, certificate_verify + std::string(16, 'h'),
          randoms + "\x03\x00\x1d\x20"s + std::string(32, 'p'), randoms + "\x03\x00\x17\x41"s + std::string(65, 'p')})
        EXPECT_TRUE(keyd::is_server_handshake(good));
    const std::string client =
        std::string(64, ' ') + "TLS 1.3, client CertificateVerify"s + '\0' + std::string(32, 'h');
    for (const auto& bad :
         {""s, client, certificate_verify + "x", certificate_verify.substr(1), " " + certificate_verify,
          randoms + "\x03\x00\x1d\x20"s + std::string(33, 'p'), "From: somebody\r\n\r\nmail"s,
          randoms + "\x01\x00\x1d\x20"s + std::string(32, 'p'), std::string(300, '0')})
        EXPECT_FALSE(keyd::is_server_handshake(bad)) << bad;
}

class Keyd : public testing::Test {
protected:
    using Link = ipc::Link<encryption::FromKeyd, keyd::FromServer>;

    Keyd() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        service.connect({process::Role::Smtpd, 0, file::Descriptor(ends[0])});
        link.emplace(context, file::Descriptor(ends[1]),
                     Link::Handlers{.on_message = [this](encryption::FromKeyd message) { take(std::move(message)); },
                                    .on_gone = [this](const std::string&) { is_cut_off = true; }});
        turn();
    }
    void take(encryption::FromKeyd message) {
        if (auto* answer = std::get_if<encryption::Signed>(&message))
            answers.push_back(std::move(*answer));
        else
            ticket_keys = std::get<encryption::TicketKeys>(message).keys;
    }
    void turn() {
        for (int i = 0; i < 20; ++i) context.poll();
        context.restart();
    }
    static tls::KeyId id_of(const Pair& pair) { return tls::Certificate::parse(pair.certificate)->key(); }
    void use(const Pair& used) {
        keyd::Keys keys;
        std::vector<process::Secret> files;
        files.push_back({0, process::memory_file(used.key)});
        EXPECT_TRUE(keys.read(files).empty());
        service.use(std::move(keys));
        turn();
    }
    /// Empty: refused. None: no answer yet.
    std::optional<std::string> ask(const tls::KeyId& key, const std::string& content,
                                   tls::Scheme scheme = tls::Scheme::EcdsaSha256) {
        answers.clear();
        link->send(keyd::SignHandshake{.ticket = 7, .key = key, .scheme = scheme, .content = content});
        turn();
        if (answers.empty()) return std::nullopt;
        EXPECT_EQ(answers.front().ticket, 7u);
        return answers.front().signature;
    }

    boost::asio::io_context context{1};
    std::uint8_t chance = 0;
    keyd::Service service{context, [this](void* octets, std::size_t count) { std::memset(octets, ++chance, count); }};
    std::optional<Link> link;
    std::vector<encryption::Signed> answers;
    std::vector<tls::TicketKey> ticket_keys;
    bool is_cut_off = false;
    const Pair pair = make_pair({});
};

TEST_F(Keyd, SignsHandshakesAndNothingElse) {
    use(pair);
    EXPECT_FALSE(ask(id_of(pair), certificate_verify).value().empty());
    EXPECT_TRUE(ask(id_of(pair), "a mail").value().empty());
    EXPECT_TRUE(ask(id_of(pair), certificate_verify, tls::Scheme::RsaPssSha256).value().empty());
    EXPECT_TRUE(ask(id_of(pair), certificate_verify, static_cast<tls::Scheme>(1)).value().empty());
}

TEST_F(Keyd, WhoAsksTooEarlyWaitsForTheKey) {
    const auto renewed = make_pair({});
    use(pair);
    EXPECT_FALSE(ask(id_of(renewed), certificate_verify));
    use(renewed);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_FALSE(answers.front().signature.empty());
    EXPECT_TRUE(ask({}, "no handshake").value().empty());
}

TEST_F(Keyd, ABrokenNeighbourIsCutOff) {
    link->send(keyd::SignHandshake{.content = std::string(2000, 'x')});
    turn();
    EXPECT_TRUE(is_cut_off);
}

// RFC 5077 §5.5: keys for tickets are changed; those that clients still have are kept for a while.
TEST_F(Keyd, TicketKeysAreRotated) {
    ASSERT_EQ(ticket_keys.size(), 1u);
    const auto first = ticket_keys.front();
    service.renew_ticket_keys();
    turn();
    ASSERT_EQ(ticket_keys.size(), 2u);
    EXPECT_EQ(ticket_keys.back(), first);
    EXPECT_NE(ticket_keys.front(), first);
    service.renew_ticket_keys();
    service.renew_ticket_keys();
    turn();
    EXPECT_EQ(ticket_keys.size(), keyd::ticket_keys_kept);
    EXPECT_NE(ticket_keys.back(), first);
}

TEST_F(Keyd, SaysWhatIsNoKey) {
    keyd::Keys keys;
    std::vector<process::Secret> files;
    files.push_back({0, process::memory_file(pair.certificate)});
    files.push_back({1, process::memory_file(pair.key)});
    const auto problems = keys.read(files);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems.front(), "key file number 1 holds no private key in PEM form without a passphrase");
    EXPECT_EQ(keys.count(), 1u);
}

}  // namespace
