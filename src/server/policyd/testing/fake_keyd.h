#pragma once
// keyd, for tests: it has the keys it is given, and may be silent.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "crypto/digest_signature.h"
#include "dkim/key_record.h"
#include "file/descriptor.h"
#include "ipc/link.h"
#include "keyd/inbox.h"
#include "policyd/inbox.h"
#include "site/dkim.h"
#include "text/hex.h"

namespace policyd::testing {

inline std::string id_text(const crypto::DigestSigner& key) {
    return text::to_hex(crypto::digest(crypto::Digest::Sha256, key.public_octets()));
}

/// As the configuration has it.
inline site::DkimKey known(const std::string& domain, const std::string& selector, const crypto::DigestSigner& key) {
    return {.domain = domain,
            .selector = selector,
            .algorithm = std::string(to_text(dkim::algorithm_of(key.kind()))),
            .id = id_text(key),
            .file = ""};
}

/// As the DNS has it.
inline dns::Answer published(const crypto::DigestSigner& key) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::Found, .records = {}};
    answer.records.push_back({{}, dns::Type::Txt, 1, dns::Txt{{dkim::to_record(key.kind(), key.public_octets())}}});
    return answer;
}

class FakeKeyd {
public:
    explicit FakeKeyd(boost::asio::io_context& context) : context_(context) {}

    /// In place of the one before; what policyd's end is.
    file::Descriptor start(std::vector<const crypto::DigestSigner*> keys) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        link_.emplace(context_, file::Descriptor(ends[0]),
                      Link::Handlers{.on_message =
                                         [this, keys](keyd::FromPolicyd request) {
                                             answer(std::get<keyd::SignDigest>(request), keys);
                                         },
                                     .on_gone = [](const std::string&) {}});
        return file::Descriptor(ends[1]);
    }

    std::function<void()> after_answer;
    bool is_silent = false;
    int asked = 0;

private:
    using Link = ipc::Link<keyd::FromPolicyd, FromKeyd>;

    void answer(const keyd::SignDigest& request, const std::vector<const crypto::DigestSigner*>& keys) {
        ++asked;
        if (is_silent) return;
        DigestSigned signature{.ticket = request.ticket, .signature = ""};
        for (const auto* key : keys) {
            const auto id = crypto::digest(crypto::Digest::Sha256, key->public_octets());
            if (std::equal(id.begin(), id.end(), request.key.begin(), request.key.end(),
                           [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
                signature.signature = key->sign({reinterpret_cast<const char*>(request.digest.data()), 32});
        }
        link_->send(signature);
        if (after_answer) after_answer();
    }

    boost::asio::io_context& context_;
    std::optional<Link> link_;
};

}  // namespace policyd::testing
