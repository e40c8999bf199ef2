#pragma once
// Where one message comes from, by all that can tell: its DKIM signatures, its ARC chain, and, with what SPF said when
// it came, DMARC. RFC 6376, RFC 8617, RFC 9989; the results for others to read: RFC 8601.
//
//   Inquiry inquiry(now, spf);
//   inquiry.add(piece); …; inquiry.finish();
//   while (const auto& question = inquiry.question()) inquiry.answer(ask(*question));
//   inquiry.findings()
//
// Pure: the clock is an argument, and the DNS is asked by whoever holds this. Bounded as its parts are.
// Hostile: DNS trouble of a domain that could not stand behind the author anyway does not make a failure of DMARC a
// temporary one: or who forges a name would only have to sign with a domain of his own that nobody answers for.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arc/verifier.h"
#include "authres/results.h"
#include "dkim/verifier.h"
#include "dmarc/check.h"
#include "provenance/author.h"
#include "spf/result.h"

namespace provenance {

/// What SPF said of one name. Hostile: what rules and guesses of ours let pass was proved by nobody, and counts for no
/// more than what the domain itself publishes.
struct Spf {
    spf::Result result = spf::Result::None;  // by the domain's own record
    spf::Identity identity = spf::Identity::MailFrom;
    std::string domain;                    // that was asked about
    std::string name;                      // as the client said it: the reverse-path, or HELO
    std::optional<spf::Result> locally{};  // what those rules and guesses make of it, where that is something else
};

struct Findings {
    std::vector<Spf> spf;  // the one that counts comes first; none: nobody was asked about
    std::vector<dkim::Verdict> dkim;
    arc::Report arc;
    Author author;
    dmarc::Report dmarc;  // permerror without an author
};

class Inquiry {
public:
    /// `now`: Unix time. `decoded`: see dkim::find_key(); outlives this.
    Inquiry(std::uint64_t now, std::vector<Spf> spf, dkim::KeyCache* decoded = nullptr);

    void add(std::string_view piece);
    void finish();

    const std::optional<dns::Question>& question() const;
    void answer(const dns::Answer& answer);

    /// Final once there is no question any more.
    const Findings& findings() const { return findings_; }
    const dkim::Header& header() const { return dkim_.header(); }

private:
    void proceed();
    void conclude();

    dkim::Verifier dkim_;
    arc::Verifier arc_;
    std::optional<dmarc::Check> dmarc_;
    Findings findings_;
    std::optional<dns::Question> none_;
    bool is_finished_ = false;
};

/// As the value of an Authentication-Results field; of more signatures than are verified only the first.
authres::Results results_of(const Findings& findings, std::string authserv_id);

}  // namespace provenance
