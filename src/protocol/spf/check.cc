#include "spf/check.h"

#include <utility>

#include "lang/verify.h"
#include "spf/evaluation.h"

namespace spf {

MacroString default_explanation() {
    return parse_macro_string("%{o} does not allow %{c} to send in its name", MacroUse::Explanation).value();
}

Check::Check(Request request, Policy policy) : request_(std::move(request)), policy_(std::move(policy)) {
    if (policy_.explanation.pieces.empty()) policy_.explanation = default_explanation();
    request_.client = request_.client.unmapped();  // §5: an IPv4-mapped address is an IPv4 address
    proceed();
}

void Check::answer(const dns::Answer& answer) {
    VERIFY(question_.has_value());
    answers_.emplace(*std::exchange(question_, std::nullopt), answer);
    proceed();
}

// The evaluation is a function of the message and of the answers so far. It is run anew with each answer, and ends
// earlier by one question each time; so there is no state between the questions that could go wrong.
void Check::proceed() {
    auto evaluated = Evaluation(request_, policy_, answers_).run();
    if (evaluated)
        report_ = *std::move(evaluated);
    else
        question_ = std::move(evaluated.error());
}

}  // namespace spf
