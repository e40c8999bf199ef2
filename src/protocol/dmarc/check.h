#pragma once
// DMARC for one message: is the domain that people see in From proved by SPF or DKIM, and if not, what does its owner
// want done? RFC 9989 §4.4 (alignment), §4.7, §4.10.
//
//   Check check(evidence);
//   while (auto question = check.question()) check.answer(ask(*question));
//   check.report()
//
// Pure. The DNS is asked no question twice; identifiers beyond the first ten are not looked at.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/record.h"
#include "dmarc/tree_walk.h"
#include "dns/answer.h"

namespace dmarc {

constexpr std::size_t most_identifiers = 10;

/// What else is known of the message. Domains are lower case, A-labels.
struct Evidence {
    std::string author_domain;              // of From
    std::string spf_domain;                 // that SPF passed for; empty: none did
    std::vector<std::string> dkim_domains;  // d= of signatures that passed
    bool had_temporary_error = false;       // SPF or a signature may pass another time
};

enum class Result : std::uint8_t { Pass, Fail, None, TempError, PermError };
std::string_view to_text(Result result);

struct Report {
    Result result = Result::None;
    std::optional<Policy> policy;       // what the record wants for such mail; none without a record
    Policy disposition = Policy::None;  // that, of this message: none if it passed, milder in test mode
    std::string policy_domain;          // where the record is; empty: there is none
    std::string organizational_domain;  // of the author domain
    bool spf_aligned = false;
    bool dkim_aligned = false;
    bool is_testing = false;
    std::optional<Record> record;
    std::string reason;                // of none, temperror and permerror
    std::vector<TreeWalk::Look> walk;  // from the author domain up, for people
};

class Check {
public:
    explicit Check(Evidence evidence);

    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);
    const Report& report() const { return report_; }

private:
    struct Identifier {
        std::string domain;
        Alignment mode = Alignment::Relaxed;
        bool* is_aligned = nullptr;
    };
    enum class Step : std::uint8_t { Discover, AskExistence, Align, Done };

    void proceed();
    bool walk_on();
    void discover();
    void choose_policy(const TreeWalk::Found& found);
    void begin_alignment();
    void align_next();
    void conclude();
    void stop(Result result, std::string reason);

    Evidence evidence_;
    Step step_ = Step::Discover;
    TreeWalk walk_;
    std::map<dns::Question, dns::Answer> answers_;
    std::optional<dns::Question> question_;
    std::vector<Identifier> identifiers_;
    std::size_t next_identifier_ = 0;
    bool is_uncertain_ = false;  // something that was not found may be there
    Report report_;
};

}  // namespace dmarc
