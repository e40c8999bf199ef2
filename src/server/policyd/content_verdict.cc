#include "policyd/content_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mime/trace.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace policyd {
namespace {

constexpr std::size_t longest_reason = 300;
constexpr std::size_t most_tests = 60;
constexpr std::size_t longest_test = 60;
constexpr std::size_t most_told = 4 * 1024;

struct Sum {
    double score = 0;
    bool is_spam = false;
};

/// Hostile: a scanner may say anything.
double bounded(double score) { return std::isfinite(score) ? std::clamp(score, -10'000.0, 10'000.0) : 0; }

std::string in_header(std::string_view outside) {
    auto shown = text::escaped(outside, longest_reason);
    std::ranges::replace_if(shown, [](char c) { return !text::is_printable(c); }, '?');
    return shown;
}

std::string told_of(const ContentFinding& finding) {
    const auto score = bounded(finding.score);
    return fmt::format("{}{}: {}", finding.stage, score == 0 ? "" : " " + points(score),
                       finding.reason.empty() ? "nothing" : in_header(finding.reason));
}

std::string told_of(const site::Spam& settings, const ContentFindings& findings, double score, double screening_score) {
    auto text = fmt::format("{} of {} points", points(score), points(settings.junk_at));
    if (screening_score != 0) text += fmt::format("; screening {}", points(screening_score));
    for (const auto& one : findings) text += "; " + told_of(one);
    return text.size() <= most_told ? text : text::escaped(text, most_told);
}

std::string tests_of(const ContentFindings& findings) {
    std::string text;
    std::size_t count = 0;
    for (const auto& finding : findings)
        for (const auto& test : finding.tests) {
            auto name = test.substr(0, longest_test);
            std::ranges::replace_if(name, [](char c) { return !text::is_alphanumeric(c) && c != '_'; }, '_');
            if (!name.empty() && ++count <= most_tests) text += (text.empty() ? "" : ", ") + name;
        }
    return text.empty() ? "none" : text;
}

/// Of a stranger's message: what others get from our people is nobody's business but ours.
std::string spam_fields(const site::Spam& settings, const ContentFindings& findings, Sum sum, const std::string& told) {
    std::string head;
    switch (settings.headers) {
        case site::SpamHeaders::None: break;
        case site::SpamHeaders::Ours:
            head += mime::fold_field("X-Hermod-Spam", (sum.is_spam ? "yes; " : "no; ") + told);
            break;
        case site::SpamHeaders::SpamAssassin:
            if (sum.is_spam) head += "X-Spam-Flag: YES\r\n";
            head += fmt::format("X-Spam-Score: {:.1f}\r\n", sum.score);
            if (sum.score >= 1)
                head += fmt::format("X-Spam-Level: {}\r\n",
                                    std::string(static_cast<std::size_t>(std::min(sum.score, 50.0)), '*'));
            head += mime::fold_field(
                "X-Spam-Status", fmt::format("{}, score={:.1f} required={:.1f} tests={}", sum.is_spam ? "Yes" : "No",
                                             sum.score, settings.junk_at, tests_of(findings)));
            break;
    }
    return head;
}

std::string fields_of_stages(const ContentFindings& findings) {
    std::string head;
    for (const auto& one : findings) head += one.head;
    for (const auto& one : findings)
        if (one.is_unscanned)
            head += mime::fold_field(site::unscanned_field, fmt::format("{}; {}", one.stage, in_header(one.reason)));
    return head;
}

smtp::Reply refusal(const ContentFinding& finding) {
    return finding.reply.value_or(smtp::Reply(550, "5.7.1", "The message is refused: " + in_header(finding.reason)));
}

/// True: what one of them wants decides.
bool decide_by_wish(const ContentFindings& findings, bool is_strangers, ContentVerdict& verdict) {
    const auto with = [&](Wish wish) { return std::ranges::find(findings, wish, &ContentFinding::wish); };
    if (const auto one = with(Wish::Discard); one != findings.end()) {
        verdict.discard = is_strangers;
        if (!is_strangers) verdict.reply = refusal(*one);
        verdict.reason = fmt::format("{}: {}", is_strangers ? "discarded" : "refused", told_of(*one));
        return true;
    }
    if (const auto one = with(Wish::Reject); one != findings.end()) {
        verdict.reply = refusal(*one);
        verdict.reason = "refused: " + told_of(*one);
        return true;
    }
    if (const auto one = with(Wish::Defer); one != findings.end()) {
        verdict.reply = one->reply.value_or(
            smtp::Reply(451, "4.7.1",
                        fmt::format("The message cannot be scanned at the moment ({}); try again later", one->stage)));
        verdict.reason = "has to wait: " + told_of(*one);
        return true;
    }
    return false;
}

}  // namespace

std::string points(double score) {
    auto text = fmt::format("{:.1f}", score);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

ContentVerdict verdict_of(const site::Spam& settings, const ContentFindings& findings, double screening_score,
                          bool is_strangers) {
    ContentVerdict verdict;
    Sum sum{.score = screening_score};
    for (const auto& one : findings) sum.score += bounded(one.score);
    const auto wants_junk = std::ranges::find(findings, Wish::Junk, &ContentFinding::wish);
    sum.score = std::round(sum.score * 100) / 100;  // what is shown as 5 is 5
    sum.is_spam = sum.score >= settings.junk_at || wants_junk != findings.end();
    verdict.told = told_of(settings, findings, sum.score, screening_score);
    if (decide_by_wish(findings, is_strangers, verdict)) return verdict;
    if (settings.reject_at > 0 && sum.score >= settings.reject_at) {
        verdict.reply = {550, "5.7.1", fmt::format("The message looks like spam, {} points", points(sum.score))};
        verdict.reason = fmt::format("refused: {} points", points(sum.score));
        return verdict;
    }
    verdict.junk = sum.is_spam;
    if (is_strangers) verdict.head = spam_fields(settings, findings, sum, verdict.told);
    verdict.head += fields_of_stages(findings);
    if (wants_junk != findings.end())
        verdict.reason = "to junk: " + told_of(*wants_junk);
    else if (sum.is_spam)
        verdict.reason = fmt::format("to junk: {} points", points(sum.score));
    return verdict;
}

}  // namespace policyd
