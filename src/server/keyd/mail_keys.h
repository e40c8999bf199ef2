#pragma once
// The private keys that sign mail, by their public ones; and who may have something signed with them: policyd.
//
// They are apart from those of TLS: a process that may have handshakes signed gets no signature on a mail, and policyd
// none on a handshake. Hostile: a digest tells nothing of what it is of, so a key that is in both places would undo
// that; it signs no mail.

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/digest_signature.h"
#include "ipc/link.h"
#include "keyd/inbox.h"
#include "keyd/keys.h"
#include "policyd/inbox.h"
#include "process/process.h"

namespace keyd {

class MailKeys {
public:
    /// In place of all so far: those from process::Secret::signing on. What is wrong with any of them.
    std::vector<std::string> read(const std::vector<process::Secret>& files, const Keys& of_tls);

    std::size_t count() const { return keys_.size(); }
    /// Absent: not here.
    std::optional<std::string> sign(const DigestId& id, std::string_view digest) const;

private:
    std::map<DigestId, crypto::DigestSigner> keys_;
};

/// Answers policyd, at once.
class MailDesk {
public:
    explicit MailDesk(boost::asio::io_context& context) : context_(context) {}

    void use(MailKeys keys) { keys_ = std::move(keys); }
    /// policyd, or its successor.
    void connect(file::Descriptor socket);

private:
    using Link = ipc::Link<FromPolicyd, policyd::FromKeyd>;
    void answer(const SignDigest& request);

    boost::asio::io_context& context_;
    MailKeys keys_;
    std::unique_ptr<Link> link_;
};

}  // namespace keyd
