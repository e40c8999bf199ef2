#pragma once
// Signs the mail of our people: the names are chosen by the address in From, keyd has the keys. RFC 6376 §5.
//
//   signer.use(config.dkim); signer.connect(keyd);
//   const auto signatures = co_await signer.fields_for(content, why_not);
//   if (signatures.refusal) …                    // nobody can sign at the moment, and unsigned mail is not wanted
//   else head += signatures.fields;
//
// The message is read once, whatever the number of signatures; no more of it than its header is kept. After a reload
// the new configuration may be here a moment before keyd has the new keys, or after it has left the old ones: what is
// not signed at once is tried again, by what the configuration says then.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "dkim/signer.h"
#include "policyd/content.h"
#include "policyd/digest_line.h"
#include "site/dkim.h"
#include "smtp/reply.h"

namespace policyd {

struct Signatures {
    std::string fields;                    // DKIM-Signature, whole, each with its CRLF; perhaps none
    std::optional<smtp::Reply> refusal{};  // what the client hears instead
    std::string told;                      // for the log: "signed for example.org (rsa20261128)", or why not
};

/// Why a message with this header is not signed, for the log; empty: it may be.
using WhyNot = std::function<std::string(const dkim::Header&)>;
inline std::string nothing_against(const dkim::Header&) { return {}; }

/// The same, whoever brings it.
std::string why_never_signed(const dkim::Header& header);

class Signer {
public:
    /// All outlive it.
    Signer(boost::asio::io_context& context, const clocks::Clock& clock)
        : context_(context), clock_(clock), line_(context) {}

    void connect(file::Descriptor keyd) { line_.connect(std::move(keyd)); }
    void use(site::Dkim dkim) { dkim_ = std::make_shared<const site::Dkim>(std::move(dkim)); }

    /// Of one of our people. Where nothing is signed ([dkim], or nobody's name): no fields.
    net::Task<Signatures> fields_for(const Content& content, WhyNot why_not = nothing_against);

    /// For who seals.
    DigestLine& line() { return line_; }

private:
    using Keys = std::vector<site::DkimKey>;
    /// Empty: one of them cannot be had.
    net::Task<std::string> sign(const dkim::Signer& draft, const Keys& keys, clocks::Steady until);
    net::Task<void> pause();
    std::chrono::milliseconds left(clocks::Steady until) const;

    boost::asio::io_context& context_;
    const clocks::Clock& clock_;
    DigestLine line_;
    std::shared_ptr<const site::Dkim> dkim_ = std::make_shared<const site::Dkim>();  // with the messages under way
};

/// What is signed, and how.
dkim::SignerSettings signer_settings(const site::Dkim& dkim, std::int64_t now);
/// The keys that sign a message with this header. None: nobody's name is in From, or not one of ours.
std::vector<site::DkimKey> keys_for(const site::Dkim& dkim, const dkim::Header& header);
/// As keyd knows it.
keyd::DigestId id_of(const site::DkimKey& key);

}  // namespace policyd
