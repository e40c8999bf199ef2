#pragma once
// Another set for the chain of a message that is passed on. RFC 8617 §5.1.
//
//   Sealer sealer(settings);
//   sealer.add(piece); …; sealer.finish();
//   const auto signature = sealer.message_signature(naming); auto ams = signature.complete(key.sign(signature.digest));
//   const auto seal = sealer.seal(naming, ams);              auto as = seal.complete(key.sign(seal.digest));
//   as + ams + sealer.results()
//
// Pure. What is stated is what our own Authentication-Results say of the message as it came; those of others are not
// taken (RFC 8601 §5 has forged ones removed before). Tags stand in alphabetical order, so that others can predict the
// field.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arc/chain.h"
#include "dkim/header.h"
#include "dkim/signer.h"

namespace arc {

struct SealerSettings {
    std::string authserv_id;
    std::vector<std::string> fields;  // h=; empty: what DKIM signs usually
    std::optional<std::uint64_t> timestamp;
};

struct Draft {
    std::string before;  // up to "b="
    std::string after;
    std::string digest;                                             // SHA-256, to be signed
    std::string complete(std::string_view signature_octets) const;  // the field with its CRLF
};

class Sealer {
public:
    explicit Sealer(SealerSettings settings) : settings_(std::move(settings)) {}

    void add(std::string_view piece);
    void finish();

    /// What our Authentication-Results say of the chain as it came; nothing where they say nothing.
    std::optional<Result> stated() const { return stated_; }
    /// The chain's result as it came, where it is not stated().
    void set_chain(Result result) { chain_result_ = result; }
    /// Why no set is added; empty: one is.
    std::string refusal() const;

    std::string results() const;  // ARC-Authentication-Results
    Draft message_signature(const dkim::Naming& naming) const;
    Draft seal(const dkim::Naming& naming, const std::string& message_signature) const;

private:
    void take_header();
    void gather_results();
    Result chain_result() const { return stated_.value_or(chain_result_); }

    SealerSettings settings_;
    dkim::HeaderReader reader_;
    dkim::Header header_;
    bool has_header_ = false;
    dkim::BodyHashes bodies_;
    Chain chain_;
    std::vector<std::string> results_;
    std::optional<Result> stated_;
    Result chain_result_ = Result::None;
};

/// The parts of an Authentication-Results value between its semicolons, comments and quotes heeded, white space made
/// one blank; the first is the authserv-id (RFC 8601 §2.2).
std::vector<std::string> split_results(std::string_view value);

}  // namespace arc
