#pragma once
// What was found out about a message, in lines for people: `hermod spf check` and its like print them, and the
// reflector sends them.
//
// Hostile: records, signatures and names are strangers'. What comes out has no control characters but line ends of
// ours.

#include <string>
#include <string_view>
#include <vector>

#include "arc/verifier.h"
#include "dkim/verifier.h"
#include "dmarc/check.h"
#include "spf/check.h"
#include "spf/received.h"

namespace reflection {

std::string_view name_of(spf::Origin origin);  // "local rules"
/// With every mechanism that was evaluated, where the report has its steps.
std::string spf_text(const spf::Request& request, const spf::Report& report, spf::ReceivedForm form);
/// Of a failure with the header as it was hashed.
std::string dkim_text(const std::vector<dkim::Verdict>& verdicts);
std::string arc_text(const arc::Report& report);
/// With the names that the tree walk asked about.
std::string dmarc_text(const dmarc::Report& report);

/// All about one message. `authentication_results`: the value of the field.
struct Findings {
    const spf::Request& request;
    const spf::Report& spf;
    const std::vector<dkim::Verdict>& dkim;
    const arc::Report& arc;
    const dmarc::Report& dmarc;
    std::string_view authentication_results;
};
std::string to_text(const Findings& findings);

}  // namespace reflection
