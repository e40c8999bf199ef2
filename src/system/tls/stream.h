#pragma once
// A connection inside TLS, over another stream of any kind. TLS 1.2 (RFC 5246) and 1.3 (RFC 8446).
//
// Made by tls::Server or tls::Client; then handshake(), which throws net::Gone when there is no agreement. The contract
// is that of net::Stream: deadlines are those of the stream below, an idle connection holds no buffer of ours, and
// OpenSSL lets go of its own (SSL_MODE_RELEASE_BUFFERS). The end is told to the other side (close_notify), also by the
// destructor, as far as that needs no waiting.
// Hostile: no renegotiation, no compression, no early data; a peer that sends nothing but key updates is cut off.

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "net/stream.h"
#include "tls/handles.h"

namespace tls {

/// What was agreed upon.
struct Facts {
    std::string version;      // "TLSv1.3"
    std::string cipher;       // "TLS_AES_256_GCM_SHA384"
    std::string server_name;  // that the client asked for; may be empty
    std::string protocol;     // by ALPN (RFC 7301); mostly empty
    bool is_resumed = false;
    std::string client;  // a server's: the e-mail address in the client's certificate, which is believed
    std::string flaw;    // why the other side's certificate is not believed; empty: it is, or a client has shown none
};
/// "TLSv1.3 TLS_AES_256_GCM_SHA384"
std::string to_text(const Facts& facts);

class Stream final : public net::Stream {
public:
    /// `below` outlives it; `context` is what `ssl` was made of, and lives as long.
    Stream(net::Stream& below, Ssl ssl, std::shared_ptr<const void> context);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    /// Octets that were read from below already; before handshake().
    void feed(std::string octets) { in_ = std::move(octets); }
    /// Of the stream below, set_deadline() before counts: nobody may take for ever.
    net::Task<void> handshake();
    /// After handshake().
    const Facts& facts() const { return facts_; }
    /// RFC 9266: what both ends alone know of this connection, 32 octets. None where TLS 1.2 lacks the extended master
    /// secret.
    std::optional<std::string> channel_binding() const;

    void set_timeout(std::chrono::milliseconds timeout) override { below_.set_timeout(timeout); }
    void set_deadline(std::chrono::milliseconds from_now) override { below_.set_deadline(from_now); }
    net::Task<void> read_some(std::string& buffer, std::size_t most) override;
    net::Task<void> write(std::string_view bytes) override;
    bool has_unread() const override;
    void close() override;
    void send_last(std::string_view bytes) override;

    /// For a client's cache of sessions: whose this one is.
    const std::string& session_key() const { return session_key_; }
    void set_session_key(std::string key) { session_key_ = std::move(key); }

private:
    friend struct Below;
    enum class Got { Octets, NeedMore };

    Got take(std::string& buffer, std::size_t most);
    void encrypt(std::string_view bytes);
    [[noreturn]] void fail(int error);
    net::Task<void> flush();
    net::Task<void> await_signature();
    std::string flaw_text() const;
    void note_facts();
    void note_client();
    void note_message(bool is_ours, int content_type);
    void say_goodbye();

    net::Stream& below_;
    std::shared_ptr<const void> context_;
    Ssl ssl_;
    std::string in_;  // from below, not yet looked at by OpenSSL: [in_used_, end)
    std::size_t in_used_ = 0;
    std::string out_;  // to go below
    Facts facts_;
    std::string session_key_;
    boost::asio::steady_timer* waiting_ = nullptr;  // for a signature
    bool is_signed_ = false;
    bool is_established_ = false;
    bool may_say_goodbye_ = false;
    unsigned handshake_messages_ = 0;  // since the last octet of use
    bool is_flood_ = false;
};

}  // namespace tls
