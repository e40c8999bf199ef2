#pragma once
// What proves to the authority that the names are ours, while it looks: the contents of files for http-01 (RFC 8555
// §8.3), certificates for tls-alpn-01 (RFC 8737 §3).

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acme/conversation.h"
#include "tls/certificate.h"
#include "tls/private_key.h"
#include "tls/server.h"

namespace acmed {

class Proofs {
public:
    /// Another process that shows the same files (httpd).
    struct Elsewhere {
        std::function<void(const std::string& token, const std::string& content)> show;
        std::function<void()> hide;
    };
    explicit Proofs(Elsewhere elsewhere) : elsewhere_(std::move(elsewhere)) {}

    void add(const acme::Prepare& proof, std::chrono::sys_seconds now);
    void clear();
    /// The other process is a new one.
    void show_again() const;

    /// What the path of a request is answered with; absent: it is none of ours.
    std::optional<std::string> file(std::string_view path) const;
    /// Null: nobody is looking. Valid while the handshake lasts, also after clear().
    std::shared_ptr<const tls::Server> server() const { return server_; }

private:
    void add_certificate(const acme::Prepare& proof, std::chrono::sys_seconds now);

    /// Everything that a tls::Server refers to. Shared by the connections that use it.
    struct Alpn;
    Elsewhere elsewhere_;
    std::map<std::string, std::string, std::less<>> files_;  // token → key authorization
    std::map<std::string, std::string> pairs_;               // name → key and certificate, PEM
    std::shared_ptr<const tls::Server> server_;
};

}  // namespace acmed
