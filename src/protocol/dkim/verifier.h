#pragma once
// All DKIM signatures of a message, verified while it streams by. RFC 6376 §6, RFC 8301, RFC 8463.
//
//   Verifier verifier(now);
//   verifier.add(piece); …; verifier.finish();
//   while (auto question = verifier.question()) verifier.answer(ask(*question));
//   verifier.verdicts()
//
// Pure: the clock is an argument, and the DNS is asked by whoever holds this.
// Hostile: memory is bounded by the header's limit; signatures beyond the first `most_signatures` cost no hash, no
// lookup and no arithmetic, and the DNS is not asked for what cannot pass any more.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dkim/header.h"
#include "dkim/key_record.h"
#include "dkim/result.h"
#include "dkim/signature.h"
#include "dns/answer.h"

namespace dkim {

constexpr std::size_t most_signatures = 10;

/// What came of one DKIM-Signature field.
struct Verdict {
    Result result = Result::PermError;
    std::string reason;  // empty where it passed and there is nothing to say
    std::string domain;  // d=; empty where the field could not be read, as the following
    std::string selector;
    std::string identity;
    std::string algorithm;  // "rsa-sha256"
    std::string octets;     // b=: what header.b of RFC 6008 and replay detection go by
    std::vector<std::string> signed_fields;
    bool body_length_used = false;  // l= is there
    bool is_testing = false;        // the key says so (§3.6.1)
    std::string canonical_header;   // of a failure: what was hashed, for people who look for the reason
};

class Verifier {
public:
    /// `now`: Unix time. `decoded`: see find_key(); outlives this.
    explicit Verifier(std::uint64_t now, KeyCache* decoded = nullptr) : now_(now), decoded_(decoded) {}

    void add(std::string_view piece);
    void finish();

    /// After finish(): the lookup needed next; nothing once all verdicts are final.
    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);

    /// One for each DKIM-Signature field, in the order of the fields.
    const std::vector<Verdict>& verdicts() const { return verdicts_; }
    /// The header, for those who need it next.
    const Header& header() const { return header_; }
    bool is_header_too_long() const { return reader_.is_too_long(); }

private:
    struct Pending {
        std::size_t verdict = 0;
        const mime::Field* field = nullptr;
        Signature signature;
        dns::Question question;  // for its key
        std::size_t body = 0;    // in bodies_
        std::string text;        // what is hashed
    };

    void read_signatures();
    void read_signature(const mime::Field& field);
    std::optional<Failure> judge_at_once(const Signature& signature, bool has_question) const;
    void check_body(Pending& pending);
    void ask_next();
    void conclude(Pending& pending, const dns::Answer& answer);
    void fail(Pending& pending, Failure failure);

    std::uint64_t now_;
    KeyCache* decoded_;
    HeaderReader reader_;
    Header header_;
    bool has_header_ = false;
    BodyHashes bodies_;
    std::vector<Verdict> verdicts_;
    std::vector<Pending> pending_;
    std::size_t next_ = 0;  // in pending_
    std::map<dns::Question, dns::Answer> answers_;
    std::optional<dns::Question> question_;
};

/// Whether the signature is that of a text, as RFC 6376 §3.7 hashes it.
bool verify_text(const Key& key, const Signature& signature, std::string_view text);

/// Why this signature is not to be counted whatever its key says: rsa-sha1 (RFC 8301 §3.1), expired (RFC 6376 §3.5,
/// x=), or made later than five minutes from now.
std::optional<Failure> refuse_outright(const Signature& signature, std::uint64_t now);

/// Compares a body with what a signature says of it: nothing where it is the same.
std::optional<Failure> compare_body(const Signature& signature, const BodyHash& body);

}  // namespace dkim
