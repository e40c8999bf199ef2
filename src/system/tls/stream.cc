#include "tls/stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <utility>

#include "lang/defer.h"
#include "lang/verify.h"
#include "tls/authorities.h"

namespace tls {

namespace asio = boost::asio;

namespace {

constexpr std::size_t record_size = 16 * 1024;  // RFC 8446 §5.1
constexpr std::size_t read_size = record_size + 512;
constexpr std::size_t written_at_once = 4 * record_size;
constexpr unsigned most_handshake_messages = 32;  // without any octet of use between them
constexpr std::chrono::seconds longest_signing{10};

}  // namespace

/// What OpenSSL reads from and writes to: our two strings.
struct Below {
    static Stream& stream(BIO* bio) { return *static_cast<Stream*>(BIO_get_data(bio)); }

    static int write(BIO* bio, const char* octets, int count) {
        stream(bio).out_.append(octets, static_cast<std::size_t>(count));
        return count;
    }
    static int read(BIO* bio, char* room, int most) {
        BIO_clear_retry_flags(bio);
        const std::string& in = stream(bio).in_;
        std::size_t& used = stream(bio).in_used_;
        if (used == in.size()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        const auto count = std::min(static_cast<std::size_t>(most), in.size() - used);
        std::memcpy(room, in.data() + used, count);
        used += count;
        return static_cast<int>(count);
    }
    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    static BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream below");
            VERIFY(fresh);
            BIO_meth_set_write(fresh, &write);
            BIO_meth_set_read(fresh, &read);
            BIO_meth_set_ctrl(fresh, &control);
            return fresh;
        }();
        return made;
    }

    static void note(int is_ours, int, int content_type, const void*, std::size_t, SSL*, void* self) {
        static_cast<Stream*>(self)->note_message(is_ours != 0, content_type);
    }
    static int wake(SSL*, void* self) {
        auto& stream = *static_cast<Stream*>(self);
        stream.is_signed_ = true;
        if (stream.waiting_) stream.waiting_->cancel();
        return 1;
    }
};

std::string to_text(const Facts& facts) { return facts.version + " " + facts.cipher; }

Stream::Stream(net::Stream& below, Ssl ssl, std::shared_ptr<const void> context)
    : below_(below), context_(std::move(context)), ssl_(std::move(ssl)) {
    BIO* const bio = BIO_new(Below::method());
    VERIFY(bio);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_msg_callback(ssl_.get(), &Below::note);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    SSL_set_async_callback(ssl_.get(), &Below::wake);
    SSL_set_async_callback_arg(ssl_.get(), this);
}

Stream::~Stream() {
    // A handshake that still waits for its signature is gone on with, so that it finds out that there is none.
    if (SSL_waiting_for_async(ssl_.get())) SSL_do_handshake(ssl_.get());
    say_goodbye();
    ERR_clear_error();
}

net::Task<void> Stream::handshake() {
    for (;;) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        const int error = SSL_get_error(ssl_.get(), result);
        std::string why;
        if (error == SSL_ERROR_SSL) why = take_errors() + flaw_text();
        // The ticket goes along with what is said first: the client waits for neither (RFC 8446 §4.6.1).
        const bool can_wait = result == 1 && SSL_is_server(ssl_.get()) && SSL_version(ssl_.get()) >= TLS1_3_VERSION;
        if (!out_.empty() && !can_wait) co_await flush();
        if (result == 1) break;
        if (error == SSL_ERROR_WANT_READ) {
            co_await below_.read_some(in_, read_size);
        } else if (error == SSL_ERROR_WANT_ASYNC) {
            co_await await_signature();
        } else {
            throw net::Gone(net::Gone::Why::Failed, "TLS handshake failed: " + (why.empty() ? "closed" : why));
        }
    }
    SSL_clear_mode(ssl_.get(), SSL_MODE_ASYNC);  // nothing else is signed, and each read and write would pay for it
    is_established_ = may_say_goodbye_ = true;
    note_facts();
}

/// Until the signer has answered, or for so long that he will not.
net::Task<void> Stream::await_signature() {
    asio::steady_timer timer(co_await asio::this_coro::executor, longest_signing);
    waiting_ = &timer;
    if (!is_signed_) co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    waiting_ = nullptr;
    is_signed_ = false;
}

/// Of the server's certificate, where that is what the handshake failed for.
std::string Stream::flaw_text() const {
    const long result = SSL_get_verify_result(ssl_.get());
    const bool is_demanded = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
    if (SSL_is_server(ssl_.get()) || !is_demanded || result == X509_V_OK) return {};
    return std::string(" (") + X509_verify_cert_error_string(result) + ")";
}

void Stream::note_facts() {
    SSL* const ssl = ssl_.get();
    facts_.version = SSL_get_version(ssl);
    facts_.cipher = SSL_get_cipher_name(ssl);
    facts_.is_resumed = SSL_session_reused(ssl) == 1;
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) facts_.server_name = name;
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    if (protocol) facts_.protocol.assign(reinterpret_cast<const char*>(protocol), length);
    if (SSL_is_server(ssl)) return note_client();
    if (const long result = SSL_get_verify_result(ssl); result != X509_V_OK)
        facts_.flaw = X509_verify_cert_error_string(result);
}

/// A session that is resumed brings along what was found out when it began, so the time is looked at again.
void Stream::note_client() {
    X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (!certificate) return;
    long result = SSL_get_verify_result(ssl_.get());
    if (result == X509_V_OK && X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
        result = X509_V_ERR_CERT_HAS_EXPIRED;
    if (result != X509_V_OK) {
        facts_.flaw = X509_verify_cert_error_string(result);
        return;
    }
    facts_.client = mail_address(certificate);
    if (facts_.client.empty()) facts_.flaw = "it names no e-mail address";
}

/// Hostile: KeyUpdate (RFC 8446 §4.6.3) costs its sender nothing. Tickets come in the same way, a few of them.
void Stream::note_message(bool is_ours, int content_type) {
    if (!is_established_ || is_ours || content_type != SSL3_RT_HANDSHAKE) return;
    if (++handshake_messages_ > most_handshake_messages) is_flood_ = true;
}

std::optional<std::string> Stream::channel_binding() const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    SSL* const ssl = ssl_.get();
    if (!is_established_) return std::nullopt;
    if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) return std::nullopt;
    std::string secret(32, '\0');
    if (SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(secret.data()), secret.size(), label.data(),
                                   label.size(), nullptr, 0, 0) != 1)
        return std::nullopt;
    return secret;
}

// ---- octets

Stream::Got Stream::take(std::string& buffer, std::size_t most) {
    std::array<char, record_size> room;
    std::size_t used = 0;
    const Defer wiped([&] { ::explicit_bzero(room.data(), used); });
    const std::size_t before = buffer.size();
    while (buffer.size() - before < most) {
        ERR_clear_error();
        const auto wanted = std::min(room.size(), most - (buffer.size() - before));
        const int got = SSL_read(ssl_.get(), room.data(), static_cast<int>(wanted));
        if (got > 0) used = std::max(used, static_cast<std::size_t>(got));
        if (is_flood_) throw net::Gone(net::Gone::Why::Failed, "TLS: nothing but handshake messages");
        if (got > 0) {
            buffer.append(room.data(), static_cast<std::size_t>(got));
            handshake_messages_ = 0;
            continue;
        }
        const int error = SSL_get_error(ssl_.get(), got);
        if (error == SSL_ERROR_WANT_READ || buffer.size() > before) break;  // what is wrong is said the next time
        fail(error);
    }
    if (in_used_ == in_.size()) {
        in_ = {};
        in_used_ = 0;
    }
    return buffer.size() > before ? Got::Octets : Got::NeedMore;
}

void Stream::fail(int error) {
    if (error == SSL_ERROR_ZERO_RETURN) throw net::Gone(net::Gone::Why::Closed, "connection closed");
    may_say_goodbye_ = false;
    below_.send_last(std::exchange(out_, {}));  // the alert
    throw net::Gone(net::Gone::Why::Failed, "TLS: " + take_errors());
}

net::Task<void> Stream::read_some(std::string& buffer, std::size_t most) {
    for (;;) {
        const auto got = take(buffer, most);
        if (!out_.empty()) co_await flush();
        if (got == Got::Octets) co_return;
        co_await below_.read_some(in_, read_size);
    }
}

void Stream::encrypt(std::string_view bytes) {
    ERR_clear_error();
    const int put = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (put != static_cast<int>(bytes.size())) fail(SSL_get_error(ssl_.get(), put));
}

net::Task<void> Stream::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, written_at_once);
        encrypt(piece);
        co_await flush();
        bytes.remove_prefix(piece.size());
    }
}

net::Task<void> Stream::flush() {
    const std::string octets = std::exchange(out_, {});
    co_await below_.write(octets);
}

bool Stream::has_unread() const {
    return SSL_has_pending(ssl_.get()) == 1 || in_used_ < in_.size() || below_.has_unread();
}

void Stream::send_last(std::string_view bytes) {
    if (!may_say_goodbye_) return;
    encrypt(bytes);
    below_.send_last(std::exchange(out_, {}));
}

// RFC 8446 §6.1: whoever ends says so, so that a cut is not taken for an end.
void Stream::say_goodbye() {
    if (!std::exchange(may_say_goodbye_, false)) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    below_.send_last(std::exchange(out_, {}));
}

void Stream::close() {
    say_goodbye();
    below_.close();
}

}  // namespace tls
