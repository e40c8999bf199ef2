#pragma once
// The senders of what is sent on, as addresses of ours, and back (srs/address.h); by [srs].
//
// Hostile: rewritten addresses come back from strangers. Only what is signed by one of our secrets, and lately, leads
// anywhere, and then to the one address that was signed.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "site/srs.h"
#include "smtp/path.h"
#include "smtp/reply.h"
#include "srs/address.h"

namespace directory {

class Rewriting {
public:
    /// The clock must outlive it. The first secret signs; without any nothing is rewritten, nor leads back.
    Rewriting(const site::Srs& settings, std::string_view hostname, std::vector<std::string> secrets,
              const clocks::Clock& clock);

    site::SrsRewrite when() const { return when_; }
    const std::string& domain() const { return domain_; }
    bool has_secret() const { return !key_.secrets.empty(); }

    /// The reverse-path of what is sent on. has_secret() must hold.
    std::expected<std::string, srs::Refusal> rewritten(std::string_view reverse_path) const;
    /// Of an address at one of our domains: whom its mail is for; or what the client hears. None: it is none of these.
    std::optional<std::expected<smtp::Mailbox, smtp::Reply>> way_back(const smtp::Mailbox& address) const;

private:
    std::expected<smtp::Mailbox, srs::Refusal> reversed(const smtp::Mailbox& address) const;
    std::int64_t now() const;

    site::SrsRewrite when_;
    std::string domain_;
    srs::Key key_;
    unsigned max_age_;  // days
    const clocks::Clock& clock_;
};

}  // namespace directory
