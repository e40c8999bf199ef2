#include "provenance/inquiry.h"

#include "fuzz.h"

// Whatever a message is, where nobody answers nothing is proved; what is written about it is one readable field.
FUZZ(text) {
    provenance::Inquiry inquiry(1'700'000'000, {});
    inquiry.add(text);
    inquiry.finish();
    for (int asked = 0; inquiry.question(); ++asked) {
        VERIFY(asked < 200);
        inquiry.answer(dns::failed("nobody there"));
    }
    const auto& findings = inquiry.findings();
    VERIFY(findings.dmarc.result != dmarc::Result::Pass && findings.dmarc.result != dmarc::Result::Fail);
    VERIFY(findings.author.domain.empty() == !findings.author.problem.empty());
    const auto written = authres::to_text(provenance::results_of(findings, "mx.example.org"));
    VERIFY(authres::parse_results(written).has_value());
    VERIFY(!written.contains('\n') && !written.contains('\r'));
}
