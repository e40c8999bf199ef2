// Both ends in one event loop, over memory.
#include "tls/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/memory_stream.h"
#include "testing/certificates.h"
#include "testing/keys.h"
#include "tls/client.h"
#include "tls/server.h"

namespace {

using tls::testing::Keys;
using tls::testing::make_pair;
using tls::testing::Pair;

tls::TicketKey ticket_key(std::uint8_t number) {
    tls::TicketKey key;
    key.name.fill(number);
    key.cipher.fill(static_cast<std::uint8_t>(number + 1));
    key.mac.fill(static_cast<std::uint8_t>(number + 2));
    return key;
}

class TlsStream : public testing::Test {
protected:
    TlsStream() {
        issuer = make_pair({.is_issuer = true});
        tickets.use({ticket_key(1)});
        auto made = tls::Client::make(issuer.certificate);
        client_side = *made;
    }

    void add_certificate(const tls::testing::Wish& wish) {
        const auto pair = make_pair(wish, issuer);
        keys.add(pair);
        auto certificate = tls::Certificate::parse(pair.certificate + issuer.certificate);
        ASSERT_TRUE(certificate) << certificate.error();
        certificates.push_back(std::move(*certificate));
    }
    std::shared_ptr<tls::Server> serve(tls::Service service = {"smtp", {"smtp", "esmtp"}}) {
        if (certificates.empty()) add_certificate({});
        return std::make_shared<tls::Server>(std::move(service), certificates, keys, tickets);
    }

    struct Ends {
        std::unique_ptr<net::MemoryStream> below_server, below_client;
        std::unique_ptr<tls::Stream> server, client;
        std::string server_flaw, client_flaw;  // why there was no agreement
        ~Ends() {
            server.reset();
            client.reset();
        }
    };

    static net::Task<void> run_server(Ends& ends, std::shared_ptr<tls::Server> server) {
        try {
            ends.server = co_await tls::accept(*ends.below_server, server);
        } catch (const net::Gone& gone) {
            ends.server_flaw = gone.what();
            ends.below_server->close();
        }
    }
    static net::Task<void> run_client(Ends& ends) {
        try {
            co_await ends.client->handshake();
        } catch (const net::Gone& gone) {
            ends.client_flaw = gone.what();
            ends.below_client->close();
        }
    }

    void begin(Ends& ends, const std::shared_ptr<tls::Server>& server, tls::Peer peer) {
        std::tie(ends.below_server, ends.below_client) = net::memory_streams(context);
        ends.client = client_side->stream(*ends.below_client, peer);
        boost::asio::co_spawn(context, run_server(ends, server), boost::asio::detached);
        boost::asio::co_spawn(context, run_client(ends), boost::asio::detached);
        turn();
    }
    std::shared_ptr<Ends> connect(const std::shared_ptr<tls::Server>& server,
                                  tls::Peer peer = {"mx.example.org", "", tls::Demand::Proof}) {
        auto ends = all.emplace_back(std::make_shared<Ends>());
        begin(*ends, server, std::move(peer));
        return ends;
    }

    void turn() {
        for (int i = 0; i < 50; ++i) context.poll();
        context.restart();
    }

    void say(tls::Stream& from, std::string text) {
        auto writing = [](tls::Stream& stream, std::string octets) -> net::Task<void> {
            co_await stream.write(octets);
        };
        boost::asio::co_spawn(context, writing(from, std::move(text)), boost::asio::detached);
        turn();
    }
    /// What can be read now, and why there is no more.
    struct Heard {
        std::string text;
        std::string end;
    };
    Heard hear(tls::Stream& at, std::size_t wanted = 1) {
        auto heard = std::make_shared<Heard>();
        auto reading = [](tls::Stream& stream, std::size_t octets, std::shared_ptr<Heard> into) -> net::Task<void> {
            try {
                while (into->text.size() < octets) co_await stream.read_some(into->text, 100'000);
            } catch (const net::Gone& gone) {
                into->end = gone.what();
            }
        };
        boost::asio::co_spawn(context, reading(at, wanted, heard), boost::asio::detached);
        turn();
        return *heard;
    }

    /// The client's ticket comes along with the first words.
    void greet(Ends& ends) {
        const auto before = client_side->sessions();
        say(*ends.server, "220 here\r\n");
        EXPECT_EQ(hear(*ends.client).text, "220 here\r\n");
        EXPECT_GE(client_side->sessions(), std::max<std::size_t>(before, 1));
    }

    boost::asio::io_context context{1};
    Pair issuer;
    Keys keys;
    tls::TicketKeys tickets;
    std::vector<tls::Certificate> certificates;
    std::shared_ptr<tls::Client> client_side;
    std::vector<std::shared_ptr<Ends>> all;  // somebody may still be reading
};

// RFC 8446, RFC 9325 §3.1: the newest that both know.
TEST_F(TlsStream, CarriesOctetsBothWays) {
    auto ends = connect(serve());
    ASSERT_TRUE(ends->server) << ends->server_flaw << ends->client_flaw;
    EXPECT_EQ(ends->server->facts().version, "TLSv1.3");
    EXPECT_EQ(ends->server->facts().server_name, "mx.example.org");
    EXPECT_EQ(ends->client->facts().flaw, "");
    say(*ends->client, "EHLO c\r\n");
    EXPECT_EQ(hear(*ends->server).text, "EHLO c\r\n");
    const std::string much(1'000'000, 'x');
    say(*ends->server, much);
    EXPECT_TRUE(hear(*ends->client, much.size()).text == much);
    EXPECT_FALSE(ends->client->has_unread());
}

TEST_F(TlsStream, NothingOfItIsReadable) {
    auto ends = connect(serve());
    say(*ends->client, "a secret");
    EXPECT_EQ(ends->below_server->heard().find("a secret"), std::string::npos);
}

// RFC 8446 §6.1
TEST_F(TlsStream, TellsTheEndFromACut) {
    auto ends = connect(serve());
    ends->client->close();
    EXPECT_EQ(hear(*ends->server).end, "connection closed");
    EXPECT_TRUE(ends->below_server->is_closed());

    ends = connect(serve());
    ends->client.reset();
    EXPECT_EQ(hear(*ends->server).end, "connection closed");
    EXPECT_FALSE(ends->below_server->is_closed());
}

TEST_F(TlsStream, SignsByAskingAndWaits) {
    keys.answers = Keys::Answers::Later;
    for (const std::string kind : {"EC", "RSA"}) {
        SCOPED_TRACE(kind);
        certificates.clear();
        add_certificate({.kind = kind});
        keys.asked.clear();
        auto ends = connect(serve());
        ASSERT_EQ(keys.asked.size(), 1u) << ends->server_flaw << ends->client_flaw;
        EXPECT_FALSE(ends->server);
        EXPECT_TRUE(keys.asked.front().content.starts_with(std::string(64, ' ') + "TLS 1.3, server CertificateVerify"));
        keys.later.back()();
        turn();
        ASSERT_TRUE(ends->server) << ends->server_flaw << ends->client_flaw;
        EXPECT_EQ(ends->client->facts().flaw, "");
    }
}

TEST_F(TlsStream, AHandshakeWithoutItsKeyFails) {
    auto server = serve();
    keys = {};
    auto ends = connect(server);
    EXPECT_FALSE(ends->server);
    EXPECT_THAT(ends->server_flaw, testing::StartsWith("TLS handshake failed"));
    EXPECT_FALSE(ends->client_flaw.empty());
}

TEST_F(TlsStream, WhoGivesUpWaitingForASignatureLeavesNothingBehind) {
    auto server = serve();
    keys.answers = Keys::Answers::Later;
    auto ends = std::make_unique<Ends>();
    {
        boost::asio::io_context brief{1};
        std::tie(ends->below_server, ends->below_client) = net::memory_streams(brief);
        ends->client = client_side->stream(*ends->below_client, {"mx.example.org", "", tls::Demand::Proof});
        boost::asio::co_spawn(brief, run_server(*ends, server), boost::asio::detached);
        boost::asio::co_spawn(brief, run_client(*ends), boost::asio::detached);
        for (int i = 0; i < 50; ++i) brief.poll();
        ASSERT_EQ(keys.later.size(), 1u);
    }  // both conversations are unwound
    keys.later.front()();
}

// RFC 8446 §4.4.2.2: an RSA and a P-256 certificate side by side.
TEST_F(TlsStream, HasACertificateForEachKindOfClient) {
    add_certificate({.kind = "EC"});
    add_certificate({.kind = "RSA"});
    auto server = serve();
    auto ends = connect(server);
    ASSERT_TRUE(ends->server);
    EXPECT_EQ(keys.asked.back().scheme, tls::Scheme::EcdsaSha256);
}

// RFC 6066 §3
TEST_F(TlsStream, TheNameAskedForSelectsTheCertificate) {
    add_certificate({.names = "DNS:mx.example.org"});
    add_certificate({.names = "DNS:*.example.net,DNS:other.example.com"});
    auto server = serve();
    for (const std::string name : {"mx.example.org", "a.example.net", "OTHER.example.com"}) {
        auto ends = connect(server, {name, "", tls::Demand::Proof});
        EXPECT_TRUE(ends->server) << name << ": " << ends->client_flaw;
    }
    auto ends = connect(server, {"unknown.example", "", tls::Demand::Encryption});
    ASSERT_TRUE(ends->server);
    EXPECT_EQ(ends->client->facts().flaw, "hostname mismatch");
}

// RFC 7435: encrypted all the same, and the reason is known. RFC 5280 §6.
TEST_F(TlsStream, AServerThatIsNotProved) {
    struct Case {
        tls::testing::Wish wish;
        bool is_by_issuer;
        std::string flaw;
    };
    const Case cases[] = {{{}, false, "self-signed certificate"},
                          {{.ends = -60}, true, "certificate has expired"},
                          {{.starts = 3600}, true, "certificate is not yet valid"},
                          {{.names = "DNS:other.example"}, true, "hostname mismatch"}};
    for (const auto& [wish, is_by_issuer, flaw] : cases) {
        SCOPED_TRACE(flaw);
        certificates.clear();
        const auto pair = is_by_issuer ? make_pair(wish, issuer) : make_pair(wish);
        keys.add(pair);
        certificates.push_back(*tls::Certificate::parse(pair.certificate));
        auto server = serve();
        auto ends = connect(server, {"mx.example.org", "", tls::Demand::Encryption});
        ASSERT_TRUE(ends->server) << ends->client_flaw;
        EXPECT_EQ(ends->client->facts().flaw, flaw);
        ends = connect(server);
        EXPECT_FALSE(ends->server);
        EXPECT_THAT(ends->client_flaw, testing::HasSubstr("certificate verify failed"));
    }
}

// RFC 8446 §4.6.1
TEST_F(TlsStream, SessionsAreResumed) {
    auto server = serve();
    const tls::Peer peer{"mx.example.org", "here", tls::Demand::Proof};
    auto first = connect(server, peer);
    EXPECT_FALSE(first->server->facts().is_resumed);
    greet(*first);
    keys.asked.clear();
    auto second = connect(server, peer);
    EXPECT_TRUE(second->server->facts().is_resumed);
    EXPECT_TRUE(second->client->facts().is_resumed);
    EXPECT_EQ(second->client->facts().flaw, "");
    EXPECT_TRUE(keys.asked.empty());

    greet(*second);
    tickets.use({ticket_key(9), ticket_key(1)});  // the old key still counts
    auto third = connect(server, peer);
    EXPECT_TRUE(third->server->facts().is_resumed);
    greet(*third);
    tickets.use({ticket_key(20)});
    auto fourth = connect(server, peer);
    EXPECT_FALSE(fourth->server->facts().is_resumed);
    EXPECT_TRUE(fourth->server);
}

// A ticket of one service, or of one name, is of no use at another: hostile: whoever redirects a connection would have
// the client talk to a server it did not mean.
TEST_F(TlsStream, ATicketIsForItsServiceAndCertificateAlone) {
    add_certificate({.names = "DNS:mx.example.org"});
    add_certificate({.names = "DNS:other.example.org"});
    auto smtp = serve({"smtp", {}});
    auto pop3 = serve({"pop3", {}});
    auto first = connect(smtp, {"mx.example.org", "k", tls::Demand::Proof});
    greet(*first);
    EXPECT_EQ(client_side->sessions(), 1u);
    auto second = connect(pop3, {"mx.example.org", "k", tls::Demand::Proof});
    ASSERT_TRUE(second->server) << second->server_flaw;
    EXPECT_FALSE(second->server->facts().is_resumed);

    first = connect(smtp, {"mx.example.org", "k", tls::Demand::Proof});
    greet(*first);
    second = connect(smtp, {"other.example.org", "k", tls::Demand::Encryption});
    ASSERT_TRUE(second->server) << second->server_flaw;
    EXPECT_FALSE(second->server->facts().is_resumed);
    EXPECT_EQ(second->client->facts().flaw, "");
}

// RFC 9266
TEST_F(TlsStream, BothEndsHaveTheSameChannelBinding) {
    auto server = serve();
    auto ends = connect(server);
    const auto binding = ends->server->channel_binding();
    ASSERT_TRUE(binding);
    EXPECT_EQ(binding->size(), 32u);
    EXPECT_EQ(binding, ends->client->channel_binding());
    auto others = connect(server);
    EXPECT_NE(binding, others->server->channel_binding());
}

/// A client that does what ours does not.
class Stranger : public TlsStream {
protected:
    std::shared_ptr<Ends> call(const std::shared_ptr<tls::Server>& server, const std::function<void(SSL_CTX*)>& prepare,
                               SSL_SESSION* session = nullptr, std::string_view early = {}) {
        auto ends = all.emplace_back(std::make_shared<Ends>());
        strange.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_security_level(strange.get(), 0);
        prepare(strange.get());
        tls::Ssl ssl(SSL_new(strange.get()));
        raw = ssl.get();
        SSL_set_connect_state(raw);
        if (session) SSL_set_session(raw, session);
        std::tie(ends->below_server, ends->below_client) = net::memory_streams(context);
        ends->client = std::make_unique<tls::Stream>(*ends->below_client, std::move(ssl), nullptr);
        std::size_t written = 0;
        if (!early.empty()) EXPECT_EQ(SSL_write_early_data(raw, early.data(), early.size(), &written), 1);
        EXPECT_EQ(written, early.size());
        boost::asio::co_spawn(context, run_server(*ends, server), boost::asio::detached);
        boost::asio::co_spawn(context, run_client(*ends), boost::asio::detached);
        turn();
        return ends;
    }
    tls::SslContext strange;
    SSL* raw = nullptr;
};

// RFC 8996, RFC 9325 §3.1.1, §4.2: neither old versions nor old ciphers.
TEST_F(Stranger, WhatIsOldIsRefused) {
    auto server = serve();
    const std::function<void(SSL_CTX*)> olds[] = {
        [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION); },
        [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_VERSION); },
        [](SSL_CTX* context) {
            SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
            SSL_CTX_set_cipher_list(context, "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:aNULL:eNULL:DHE");
        },
    };
    for (const auto& prepare : olds) {
        auto ends = call(server, prepare);
        EXPECT_FALSE(ends->server);
        EXPECT_FALSE(ends->client_flaw.empty());
    }
}

TEST_F(Stranger, AnOldClientHasItsCertificate) {
    add_certificate({.kind = "EC"});
    add_certificate({.kind = "RSA"});
    auto ends = call(serve(), [](SSL_CTX* context) {
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
        SSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256");
    });
    ASSERT_TRUE(ends->server) << ends->server_flaw;
    EXPECT_EQ(to_text(ends->server->facts()), "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256");
    EXPECT_EQ(keys.asked.back().scheme, tls::Scheme::RsaPssSha256);
    ASSERT_TRUE(ends->server->channel_binding());
    EXPECT_EQ(ends->server->channel_binding(), ends->client->channel_binding());
}

// RFC 7301 §3.2
TEST_F(Stranger, WhoWantsAnotherProtocolIsRefused) {
    auto server = serve();
    auto offer = [](std::string_view protocols) {
        return [protocols](SSL_CTX* context) {
            SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                                    static_cast<unsigned>(protocols.size()));
        };
    };
    auto ends = call(server, offer("\x08http/1.1\x02h2"));
    EXPECT_FALSE(ends->server);
    EXPECT_THAT(ends->client_flaw, testing::HasSubstr("no application protocol"));
    ends = call(server, offer("\x08http/1.1\x04smtp"));
    ASSERT_TRUE(ends->server);
    EXPECT_EQ(ends->server->facts().protocol, "smtp");
}

/// A certificate that a client shows, or none.
std::function<void(SSL_CTX*)> showing(const std::optional<Pair>& pair, int version = TLS1_3_VERSION) {
    return [=](SSL_CTX* context) {
        SSL_CTX_set_max_proto_version(context, version);
        if (!pair) return;
        BIO* const certificate = BIO_new_mem_buf(pair->certificate.data(), -1);
        BIO* const key = BIO_new_mem_buf(pair->key.data(), -1);
        const tls::X509Certificate read(PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr));
        const tls::EvpKey read_key(PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr));
        BIO_free(certificate);
        BIO_free(key);
        ASSERT_EQ(SSL_CTX_use_certificate(context, read.get()), 1);
        ASSERT_EQ(SSL_CTX_use_PrivateKey(context, read_key.get()), 1);
    };
}

// RFC 8446 §4.3.2, RFC 5280 §6.1: whoever shows one that is not believed is let in as if it had shown none.
TEST_F(Stranger, AClientIsWhoItsCertificateSays) {
    const auto other = make_pair({.is_issuer = true});
    struct Case {
        std::optional<Pair> shown;
        std::string_view client, flaw;
    };
    const Case cases[] = {
        {make_pair({.names = "email:ann@example.org"}, issuer), "ann@example.org", ""},
        {make_pair({.names = "email:ann@example.org", .kind = "RSA"}, issuer), "ann@example.org", ""},
        {make_pair({.names = "DNS:c.example.org,email:no address,email:a@b.org,email:c@d.org"}, issuer), "a@b.org", ""},
        {make_pair({.names = "DNS:ann.example.org"}, issuer), "", "it names no e-mail address"},
        {make_pair({.names = "email:ann@example.org", .starts = -7200, .ends = -3600}, issuer), "",
         "certificate has expired"},
        {make_pair({.names = "email:ann@example.org", .starts = 3600}, issuer), "", "certificate is not yet valid"},
        {make_pair({.names = "email:ann@example.org"}, other), "", "certificate signature failure"},
        {make_pair({.names = "email:ann@example.org"}), "", "self-signed certificate"},
        {std::nullopt, "", ""},
    };
    const auto server = serve({"smtp", {}, issuer.certificate});
    for (const auto& [shown, client, flaw] : cases) {
        SCOPED_TRACE(std::string(client) + std::string(flaw));
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            auto ends = call(server, showing(shown, version));
            ASSERT_TRUE(ends->server) << ends->server_flaw;
            EXPECT_EQ(ends->server->facts().client, client);
            EXPECT_EQ(ends->server->facts().flaw, flaw);
        }
    }
}

TEST_F(Stranger, NobodyIsAskedWhereNobodyIsBelieved) {
    auto ends = call(serve(), showing(make_pair({.names = "email:ann@example.org"}, issuer)));
    ASSERT_TRUE(ends->server) << ends->server_flaw;
    EXPECT_EQ(ends->server->facts().client, "");
    EXPECT_EQ(ends->server->facts().flaw, "");
}

// RFC 8446 §4.6.1: a session goes on with the client it began with, but not past the end of the certificate; and not
// where others are believed.
TEST_F(Stranger, AResumedSessionIsTheSameClients) {
    const auto server = serve({"smtp", {}, issuer.certificate});
    const auto others = serve({"smtp", {}, issuer.certificate + make_pair({.is_issuer = true}).certificate});
    const auto pair = make_pair({.names = "email:ann@example.org"}, issuer);
    SSL_SESSION* session = nullptr;
    const auto prepare = [&](SSL_CTX* context) {
        showing(pair, TLS1_2_VERSION)(context);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    };
    auto first = call(server, prepare);
    ASSERT_TRUE(first->server) << first->server_flaw;
    session = SSL_get1_session(raw);
    for (const auto& [at, is_resumed] : {std::pair{server, true}, {others, false}}) {
        auto ends = call(at, [&](SSL_CTX* context) { showing(std::nullopt, TLS1_2_VERSION)(context); }, session);
        ASSERT_TRUE(ends->server) << ends->server_flaw;
        EXPECT_EQ(ends->server->facts().is_resumed, is_resumed);
        EXPECT_EQ(ends->server->facts().client, is_resumed ? "ann@example.org" : "");
    }
    SSL_SESSION_free(session);
}

// CVE-2009-3555 and its like. RFC 9325 §3.5
TEST_F(Stranger, RenegotiationIsRefused) {
    auto ends = call(serve(), [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); });
    ASSERT_TRUE(ends->server) << ends->server_flaw;
    SSL_renegotiate(raw);
    say(*ends->client, "x");
    EXPECT_EQ(hear(*ends->server).text, "");
    EXPECT_THAT(hear(*ends->client).end, testing::HasSubstr("no renegotiation"));
}

// RFC 8446 §4.6.3. Hostile: key updates without end.
TEST_F(Stranger, AFloodOfKeyUpdatesIsCutOff) {
    auto ends = call(serve(), [](SSL_CTX*) {});
    for (int i = 0; i < 20; ++i) {
        SSL_key_update(raw, SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(raw);
    }
    say(*ends->client, "still well");
    EXPECT_EQ(hear(*ends->server).text, "still well");
    for (int i = 0; i < 100; ++i) {
        SSL_key_update(raw, SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(raw);
    }
    say(*ends->client, "x");
    EXPECT_EQ(hear(*ends->server, 2).end, "TLS: nothing but handshake messages");
}

std::string hmac(std::string_view key, std::string_view octets) {
    std::string made(32, '\0');
    EXPECT_TRUE(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                          reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
                          reinterpret_cast<unsigned char*>(made.data()), made.size(), nullptr));
    return made;
}

/// RFC 5246 §5, §6.3: the client's key and its part of the nonces, of ECDHE-ECDSA-AES128-GCM-SHA256.
struct ClientKeys {
    explicit ClientKeys(SSL* ssl) {
        std::string master(48, '\0'), seed = "key expansion" + std::string(64, '\0');
        const auto at = [](std::string& text, std::size_t place) {
            return reinterpret_cast<unsigned char*>(text.data() + place);
        };
        SSL_SESSION_get_master_key(SSL_get_session(ssl), at(master, 0), master.size());
        SSL_get_server_random(ssl, at(seed, 13), 32);
        SSL_get_client_random(ssl, at(seed, 45), 32);
        std::string block;
        for (std::string a = hmac(master, seed); block.size() < 40; a = hmac(master, a))
            block += hmac(master, a + seed);
        key = block.substr(0, 16);
        salt = block.substr(32, 4);
    }
    std::string key, salt;
};

std::string record(const ClientKeys& keys, std::uint8_t number, std::string_view text) {
    const auto octets = [](const std::string& from) { return reinterpret_cast<const unsigned char*>(from.data()); };
    const std::string sequence = std::string(7, '\0') + static_cast<char>(number), nonce = keys.salt + sequence;
    const std::string about = sequence + "\x17\x03\x03" + '\0' + static_cast<char>(text.size());
    std::string sealed(text.size(), '\0'), tag(16, '\0');
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> aes(EVP_CIPHER_CTX_new(),
                                                                              EVP_CIPHER_CTX_free);
    int length = 0;
    EVP_EncryptInit_ex(aes.get(), EVP_aes_128_gcm(), nullptr, octets(keys.key), octets(nonce));
    EVP_EncryptUpdate(aes.get(), nullptr, &length, octets(about), static_cast<int>(about.size()));
    EVP_EncryptUpdate(aes.get(), reinterpret_cast<unsigned char*>(sealed.data()), &length, octets(std::string(text)),
                      static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(aes.get(), reinterpret_cast<unsigned char*>(tag.data()), &length);
    EVP_CIPHER_CTX_ctrl(aes.get(), EVP_CTRL_GCM_GET_TAG, 16, tag.data());
    const auto body = sequence + sealed + tag;
    return std::string("\x17\x03\x03") + '\0' + static_cast<char>(body.size()) + body;
}

// RFC 5246 §6.2.1 allows them. Hostile: records with nothing in them, which cost their sender nothing.
TEST_F(Stranger, AFloodOfEmptyRecordsIsCutOff) {
    constexpr std::uint8_t most_in_a_row = 32;
    auto ends = call(serve(), [](SSL_CTX* context) {
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
        SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256");
    });
    ASSERT_TRUE(ends->server) << ends->server_flaw;
    const ClientKeys client(raw);
    std::uint8_t number = 0;  // that of Finished
    for (std::uint8_t i = 0; i < most_in_a_row; ++i) ends->below_client->say(record(client, ++number, ""));
    ends->below_client->say(record(client, ++number, "still well"));
    EXPECT_EQ(hear(*ends->server).text, "still well");
    for (std::uint8_t i = 0; i <= most_in_a_row; ++i) ends->below_client->say(record(client, ++number, ""));
    ends->below_client->say(record(client, ++number, "x"));
    const auto heard = hear(*ends->server);
    EXPECT_EQ(heard.text, "");
    EXPECT_THAT(heard.end, testing::HasSubstr("record too small"));
}

// RFC 8446 §2.3, §4.2.10, RFC 8314 §3: what comes with the first flight can be repeated by anybody.
TEST_F(Stranger, EarlyDataIsNotHeard) {
    const auto server = serve();
    auto first = call(server, [](SSL_CTX*) {});
    ASSERT_TRUE(first->server) << first->server_flaw;
    say(*first->server, "220");
    EXPECT_EQ(hear(*first->client).text, "220");  // and the ticket
    SSL_SESSION* const session = SSL_get1_session(raw);
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session), 0u);
    SSL_SESSION_set_max_early_data(session, 16'384);  // Hostile: the client does as if it had been offered
    for (const std::size_t size : {std::size_t{10}, std::size_t{4'000}}) {
        auto second = call(server, [](SSL_CTX*) {}, session, std::string(size, 'e'));
        ASSERT_TRUE(second->server) << second->server_flaw;
        EXPECT_EQ(SSL_get_early_data_status(raw), SSL_EARLY_DATA_REJECTED);
        say(*second->client, "said in time");
        EXPECT_EQ(hear(*second->server).text, "said in time");
    }
    SSL_SESSION_free(session);
}

TEST_F(TlsStream, GarbageIsNoHandshake) {
    auto server = serve();
    Ends ends;
    std::tie(ends.below_server, ends.below_client) = net::memory_streams(context);
    boost::asio::co_spawn(context, run_server(ends, server), boost::asio::detached);
    ends.below_client->say("MAIL FROM:<e@x.test>\r\n");
    turn();
    EXPECT_THAT(ends.server_flaw, testing::StartsWith("TLS handshake failed: "));
}

}  // namespace
