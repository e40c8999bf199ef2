#pragma once
// The DNS Tree Walk: from a domain up to its top, looking for DMARC records. It finds the record that applies and the
// organizational domain. RFC 9989 §4.10, §4.10.1, §4.10.2.
//
// Pure: it asks questions. At most eight, however many labels a name has.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/record.h"
#include "dns/answer.h"

namespace dmarc {

constexpr std::size_t most_steps = 8;

class TreeWalk {
public:
    /// `domain`: lower case, A-labels.
    explicit TreeWalk(std::string domain);

    /// The lookup needed next; nothing once the walk is over.
    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);

    struct Found {
        std::string domain;
        Record record;
    };

    /// One name that was looked at, for people.
    struct Look {
        std::string name;     // "_dmarc.example.com"
        std::string finding;  // "a record", "nothing"
        bool operator==(const Look&) const = default;
    };
    const std::vector<Look>& looks() const { return looks_; }

    const std::string& domain() const { return domain_; }
    /// The longest domain first.
    const std::vector<Found>& found() const { return found_; }
    const Found* at(std::string_view domain) const;
    /// Of the domain the walk began at, where it has a record that cannot be used.
    const std::optional<RecordProblem>& problem() const { return problem_; }
    bool has_several() const { return has_several_; }  // the domain it began at has more than one record
    /// A lookup failed, so that what was not found may be there.
    bool has_failed() const { return has_failed_; }
    /// Means something once the walk is over (§4.10.2).
    std::string organizational_domain() const;
    /// The public suffix above the organizational domain, where it has a record.
    const Found* public_suffix() const;

private:
    void ask_next();
    bool is_at_start() const { return steps_ == 1; }

    std::string domain_;
    std::string target_;
    std::size_t steps_ = 0;
    std::optional<dns::Question> question_;
    std::vector<Look> looks_;
    std::vector<Found> found_;
    std::optional<RecordProblem> problem_;
    bool has_several_ = false;
    bool has_failed_ = false;
};

}  // namespace dmarc
