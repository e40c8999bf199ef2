#include "policyd/grade.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "spf/macro.h"

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

namespace {

constexpr std::string_view patchs_explanation = "See http://spf.pobox.com/why.html?sender=%{S}&ip=%{I}&receiver=%{R}";

/// spfexp of the patch, or what it says without one; whatever the result.
std::string expanded_explanation(const site::Spf& spf, const Examined& examined) {
    const auto& [request, report] = examined;
    const auto text = spf.explanation.empty() ? patchs_explanation : std::string_view(spf.explanation);
    const auto macros = spf::parse_macro_string(text, spf::MacroUse::Reply);
    const auto at = request.mail_from.rfind('@');
    const bool is_null = at == std::string::npos;
    const spf::Values values{.local_part = is_null ? "postmaster" : std::string_view(request.mail_from).substr(0, at),
                             .sender_domain = report.domain,
                             .domain = report.domain,
                             .helo = request.helo,
                             .receiver = request.receiver,
                             .validated_name = "unknown",
                             .client = request.client.unmapped(),
                             .now = request.now};
    auto expanded = macros ? spf::expand_text(*macros, values, spf::longest_explanation) : std::nullopt;
    return std::move(expanded).value_or("SPF says that you may not send in this name");
}

/// As qmail-smtpd with the patch says it: without enhanced codes in front.
smtp::Reply patchs_reply(const site::Spf& spf, const Examined& examined) {
    if (examined.report.result == spf::Result::TempError) return {451, "", "SPF lookup failure (#4.3.0)"};
    const bool is_theirs = examined.report.is_theirs && !examined.report.explanation.empty();
    return {550, "", (is_theirs ? examined.report.explanation : expanded_explanation(spf, examined)) + " (#5.7.1)"};
}

smtp::Reply standard_reply(const spf::Report& report) {
    switch (report.result) {
        case spf::Result::TempError: return {451, "4.7.24", text_of(report)};
        case spf::Result::PermError: return {550, "5.7.24", text_of(report)};
        default: return {550, "5.7.23", text_of(report)};
    }
}

std::set<SpfBehavior> grades_of_domains(const site::Spf& spf) {
    std::set<SpfBehavior> grades;
    for (const auto& [name, domain] : spf.domains) grades.insert(domain.behavior);
    return grades;
}

SpfFinding finding_of(const Examined& examined) {
    const auto& report = examined.report;
    return {.result = report.result,
            .published = report.published,
            .identity = report.identity,
            .domain = report.domain,
            .reason = report.problem.empty() ? report.mechanism : report.problem};
}

}  // namespace

smtp::Reply reply_for(const site::Spf& spf, SpfBehavior grade, const Examined& examined) {
    const auto result = examined.report.result;
    if (result == spf::Result::Pass || grade < limit_of(result)) return {250, "2.1.0", "Sender accepted"};
    return spf.replies == site::SpfReplies::Qmail ? patchs_reply(spf, examined) : standard_reply(examined.report);
}

smtp::Reply reply_for(const site::Spf& spf, SpfBehavior grade, const Examination& examination) {
    smtp::Reply reply(250, "2.1.0", "Sender accepted");
    for (const auto& examined : examination.examined) {
        const bool is_of_name = examined.request.identity == spf::Identity::Helo;
        if (is_of_name && examined.report.result != spf::Result::Fail) continue;
        auto one = reply_for(spf, grade, examined);
        if (is_of_name && !one.is_positive()) return one;
        if (!is_of_name) reply = std::move(one);
    }
    return reply;
}

smtp::Reply reply_for(const Config& config, const Examination& examination, std::string_view recipients_domain) {
    return reply_for(config.spf, site::behavior_for(config.spf, recipients_domain), examination);
}

SpfBehavior least_grade(const site::Spf& spf) {
    auto least = spf.behavior;
    for (const auto grade : grades_of_domains(spf)) least = std::min(least, grade);
    return least;
}

Opinion opinion_of(const site::Spf& spf, const Examination& examination, std::uint64_t ticket) {
    Opinion opinion{.ticket = ticket, .reply = examination.reply, .trace = trace_of(spf, examination)};
    opinion.at_mail = spf.replies == site::SpfReplies::Qmail && opinion.reply.is_temporary();
    for (const auto grade : grades_of_domains(spf))
        opinion.graded.push_back({std::to_underlying(grade), reply_for(spf, grade, examination)});
    for (const auto& examined : examination.examined) opinion.spf.push_back(finding_of(examined));
    return opinion;
}

Opinion opinion_of_unasked(const site::Spf& spf, smtp::Reply reply, std::uint64_t ticket) {
    const smtp::Reply taken(250, "2.1.0", "Sender accepted");
    Opinion opinion{.ticket = ticket, .reply = spf.behavior >= SpfBehavior::Defer ? reply : taken, .trace = {}};
    for (const auto grade : grades_of_domains(spf))
        opinion.graded.push_back({std::to_underlying(grade), grade >= SpfBehavior::Defer ? reply : taken});
    return opinion;
}

}  // namespace policyd
