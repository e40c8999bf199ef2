#pragma once
// The ARC chain of a message, verified while it streams by. RFC 8617 §5.2.
//
// Pure: it asks questions, at most one for each seal and one for the newest message signature. A chain that verifies
// says only that the sealers said so: whom to believe is for whoever asks.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arc/chain.h"
#include "dkim/header.h"
#include "dkim/key_record.h"
#include "dns/answer.h"

namespace arc {

struct Report {
    Result result = Result::None;
    std::size_t instances = 0;
    std::string reason;         // of a failure
    bool is_temporary = false;  // the DNS did not answer: another time it may pass
    // Of a chain that passed, the first sealer first:
    std::vector<std::string> sealers;  // domains
    std::vector<std::string> results;  // what each has found out: "i=1; mx.example.org; dmarc=pass …"
};

class Verifier {
public:
    /// `decoded`: see dkim::find_key(); outlives this.
    explicit Verifier(dkim::KeyCache* decoded = nullptr) : decoded_(decoded) {}

    void add(std::string_view piece);
    void finish();

    /// After finish(): the lookup needed next; nothing once the report is final.
    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);
    const Report& report() const { return report_; }

private:
    void read_header();
    void fail(std::string reason);
    bool has_failed() const { return report_.result == Result::Fail; }
    bool check_message_signature();
    void ask_next();
    const dkim::Signature& next_signature() const;
    void conclude(const dns::Answer& answer);

    dkim::KeyCache* decoded_;
    dkim::HeaderReader reader_;
    dkim::Header header_;
    bool has_header_ = false;
    dkim::BodyHashes bodies_;
    Chain chain_;
    dkim::Signature message_signature_;  // the newest
    std::size_t next_ = 0;               // 0: the message signature; then the seals, the newest first
    std::map<dns::Question, dns::Answer> answers_;
    std::optional<dns::Question> question_;
    Report report_;
};

/// The tags of an ARC-Message-Signature (§4.1.2), or what is wrong with them.
std::expected<dkim::Signature, std::string> read_message_signature(const mime::Field& field);

}  // namespace arc
