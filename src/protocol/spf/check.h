#pragma once
// May this client send in this name? RFC 7208 check_host() (§4), for one identity of one message.
//
// A machine without a network: it names the question it needs, is given the answer, and ends with a Report.
//
//   Check check(request, policy);
//   while (const auto& question = check.question()) check.answer(co_await resolver.ask(*question));
//   check.report().result
//
// Hostile: the record, everything it includes, and the sender's words. The number of terms that ask the DNS, of names
// without an answer, and of hosts looked at are limited (§4.6.4), so that no record makes us ask more than
// most_questions questions. What the DNS could not answer is TempError, never a pass.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dns/answer.h"
#include "ip/address.h"
#include "spf/record.h"
#include "spf/result.h"

namespace spf {

constexpr unsigned most_lookups = 10;       // §4.6.4: terms that ask the DNS
constexpr unsigned most_exchangers = 10;    // §4.6.4: of one mx
constexpr unsigned most_client_names = 10;  // §4.6.4: PTR records looked at
constexpr std::size_t longest_explanation = 512;
/// The record, ten terms with eleven questions each, the client's names, the explanation; and the same for rules of
/// ours and for the guess.
constexpr std::size_t most_questions = 3 * (1 + most_lookups * (1 + most_exchangers) + 1 + most_client_names) + 1;

/// What is asked about: as the SMTP session has it.
struct Request {
    ip::Address client;
    std::string helo;                        // as it was said
    std::string mail_from;                   // without brackets; empty: the null reverse-path
    Identity identity = Identity::MailFrom;  // a null reverse-path is asked about by HELO, as postmaster (§2.4)
    std::string receiver = "unknown";        // our name, for %{r}
    std::int64_t now = 0;                    // Unix time, for %{t}
};

/// What the administrator adds to the standard.
struct Policy {
    unsigned most_void_lookups = 2;  // §4.6.4 recommends two
    /// Tried before a record would not let the client pass: in front of an "all" without "+", and at the end of a
    /// record without redirect=. Their lookups are not the sender's.
    std::vector<Directive> local_rules{};
    /// Taken where the domain exists and publishes no record.
    std::vector<Directive> guess{};
    /// For a fail without an explanation of the domain's own; with macros.
    MacroString explanation{};
    bool is_traced = false;  // whether the report tells every step
};
/// "example.org does not allow 192.0.2.1 to send in its name".
MacroString default_explanation();

enum class Origin : std::uint8_t { Record, LocalRules, Guess };

/// One thing that was looked at, for people.
struct Step {
    unsigned depth = 0;     // of includes
    std::string domain{};   // whose record
    std::string term{};     // "-all", or the record itself
    std::string finding{};  // "matches: pass", "2 addresses, none is the client's"
    bool operator==(const Step&) const = default;
};

struct Report {
    Result result = Result::None;
    Identity identity = Identity::MailFrom;
    std::string domain{};     // which was asked about
    std::string mechanism{};  // that matched, as published; "default" where none did; empty for none and errors
    Origin origin = Origin::Record;
    Result published = Result::None;  // what the domain's own record says, without what the Policy adds: only a pass of
                                      // this kind proves anything
    std::string explanation{};        // of a fail; printable ASCII
    bool is_theirs = false;           // the explanation comes from the domain: not our words
    std::string problem{};            // what is behind none, temperror or permerror
    unsigned lookups = 0;             // terms that asked the DNS
    unsigned void_lookups = 0;        // of these, without an answer
    std::vector<Step> steps{};
    bool operator==(const Report&) const = default;
};

using Answers = std::map<dns::Question, dns::Answer>;

class Check {
public:
    explicit Check(Request request, Policy policy = {});

    /// The question whose answer is needed next; none once the report is final.
    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);
    const Report& report() const { return report_; }

private:
    void proceed();

    Request request_;
    Policy policy_;
    Answers answers_;
    std::optional<dns::Question> question_;
    Report report_;
};

}  // namespace spf
