#include "policyd/grade.h"

#include <fmt/format.h>

#include <utility>

namespace policyd {
namespace {

using site::SpfBehavior;

/// The lowest grade that does not take a message with this result.
SpfBehavior limit_of(spf::Result result) {
    switch (result) {
        case spf::Result::TempError: return SpfBehavior::Defer;
        case spf::Result::Fail: return SpfBehavior::RejectFail;
        case spf::Result::SoftFail: return SpfBehavior::RejectSoftFail;
        case spf::Result::Neutral: return SpfBehavior::RejectNeutral;
        case spf::Result::None:
        case spf::Result::PermError: return SpfBehavior::RejectNone;
        case spf::Result::Pass: break;
    }
    std::unreachable();
}

/// RFC 7208 §6.2: what the domain explains is not our word, and must not look like it.
std::string explanation_of(const spf::Report& report) {
    if (report.explanation.empty()) return fmt::format("{} does not let this client send in its name", report.domain);
    if (report.is_theirs) return fmt::format("{} explains: {}", report.domain, report.explanation);
    return report.explanation;
}

std::string text_of(const spf::Report& report) {
    switch (report.result) {
        case spf::Result::TempError: return "SPF lookup failure: the DNS did not answer about " + report.domain;
        case spf::Result::PermError:
            return fmt::format("SPF record of {} cannot be used: {}", report.domain, report.problem);
        case spf::Result::None: return fmt::format("{} does not say by SPF who may send in its name", report.domain);
        case spf::Result::Neutral:
        case spf::Result::SoftFail:
            return fmt::format("SPF record of {} does not let this client pass ({})", report.domain,
                               to_text(report.result));
        case spf::Result::Fail:
        case spf::Result::Pass: break;
    }
    return explanation_of(report);
}

}  // namespace

smtp::Reply reply_for(SpfBehavior behavior, const spf::Report& report) {
    if (report.result == spf::Result::Pass || behavior < limit_of(report.result))
        return {250, "2.1.0", "Sender accepted"};
    switch (report.result) {
        case spf::Result::TempError: return {451, "4.7.24", text_of(report)};
        case spf::Result::PermError: return {550, "5.7.24", text_of(report)};
        default: return {550, "5.7.23", text_of(report)};
    }
}

}  // namespace policyd
