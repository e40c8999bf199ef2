#include "spf/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/try.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace spf {
namespace {

constexpr std::size_t most_steps = 1000;
constexpr std::size_t longest_step = 500;

std::unexpected<Stop> permanent(std::string problem) {
    return std::unexpected(Stop{.question = {}, .result = Result::PermError, .problem = std::move(problem)});
}

std::unexpected<Stop> temporary(std::string problem) {
    return std::unexpected(Stop{.question = {}, .result = Result::TempError, .problem = std::move(problem)});
}

// §4.5
std::vector<std::string> records_in(const dns::Answer& answer) {
    std::vector<std::string> texts;
    for (const auto& record : answer.records) {
        const auto* txt = std::get_if<dns::Txt>(&record.value);
        auto text = txt ? txt->joined() : std::string();
        if (is_record(text)) texts.push_back(std::move(text));
    }
    return texts;
}

std::string cut(std::string text) {
    if (text.size() > longest_step) text.replace(longest_step, std::string::npos, "…");
    return text;
}

}  // namespace

Evaluation::Evaluation(const Request& request, const Policy& policy, const Answers& answers)
    : request_(request), policy_(policy), answers_(answers), identity_(request.identity) {
    split_sender();
}

// §2.4, §4.3: a sender without a local part is the domain's postmaster; a null one that of the HELO name.
void Evaluation::split_sender() {
    if (request_.mail_from.empty()) identity_ = Identity::Helo;
    local_part_ = "postmaster";
    if (identity_ == Identity::Helo) {
        sender_domain_ = request_.helo;
    } else {
        const auto at = request_.mail_from.rfind('@');
        sender_domain_ = request_.mail_from.substr(at == std::string::npos ? 0 : at + 1);
        if (at != std::string::npos && at > 0) local_part_ = request_.mail_from.substr(0, at);
    }
    if (sender_domain_.ends_with('.')) sender_domain_.pop_back();
    if (text::is_7bit(sender_domain_)) return;
    if (auto labels = text::to_a_labels(sender_domain_)) sender_domain_ = *std::move(labels);
}

Values Evaluation::values(std::string_view domain) const {
    return {.local_part = local_part_,
            .sender_domain = sender_domain_,
            .domain = domain,
            .helo = request_.helo,
            .receiver = request_.receiver,
            .validated_name = validated_name_,
            .client = request_.client,
            .now = request_.now};
}

void Evaluation::note(const Place& place, std::string term, std::string finding) {
    if (!policy_.is_traced || steps_.size() >= most_steps) return;
    steps_.push_back({place.depth, cut(place.domain), cut(std::move(term)), cut(std::move(finding))});
}

Report Evaluation::report_of(Verdict verdict) const {
    Report report;
    report.result = verdict.result;
    report.identity = identity_;
    report.domain = sender_domain_;
    report.mechanism = std::move(verdict.mechanism);
    report.origin = verdict.origin;
    report.published = verdict.published.value_or(verdict.result);
    report.problem = std::move(verdict.problem);
    report.lookups = sender_account_.lookups;
    report.void_lookups = sender_account_.void_lookups;
    report.steps = steps_;
    return report;
}

std::expected<Report, dns::Question> Evaluation::run() {
    auto report = judge();
    if (report) return *std::move(report);
    Stop& stop = report.error();
    if (stop.question) return std::unexpected(*std::move(stop.question));
    return report_of({.result = stop.result, .published = stop.published, .problem = std::move(stop.problem)});
}

Partly<Report> Evaluation::judge() {
    const Place place{.domain = sender_domain_};
    Verdict verdict = TRY(check_host(place));
    if (verdict.may_be_guessed && !policy_.guess.empty()) verdict = TRY(guess(place, std::move(verdict)));
    Report report = report_of(verdict);
    if (report.result == Result::Fail) TRY(explain(verdict, report));
    return report;
}

// §4.3 to §4.5
Partly<Verdict> Evaluation::check_host(const Place& place) {
    const auto name = to_name(place.domain);
    const bool is_name = name && name->label_count() > 1 && !place.domain.starts_with('[');
    if (!is_name || !text::is_7bit(place.domain)) return Verdict{.problem = "not a domain name of several labels"};
    const auto* answer = TRY(ask_usable(*name, dns::Type::Txt));
    const auto texts = records_in(*answer);
    if (texts.empty())
        return Verdict{.problem = answer->existence == dns::Existence::NoName ? "no such domain" : "no SPF record",
                       .may_be_guessed = answer->existence != dns::Existence::NoName};
    const Record record = TRY(record_among(texts, place));
    return evaluate(record, place);
}

Partly<Record> Evaluation::record_among(const std::vector<std::string>& texts, const Place& place) {
    if (texts.size() > 1) return permanent(fmt::format("{} has {} SPF records", place.domain, texts.size()));
    note(place, texts[0], "");
    auto record = parse_record(texts[0]);
    if (record) return *std::move(record);
    const auto term = texts[0].substr(std::min(record.error().offset, texts[0].size()));
    return permanent(
        fmt::format("{}: {}: {}", place.domain, describe(record.error().code), cut(term.substr(0, term.find(' ')))));
}

// §4.6.2, §4.7
Partly<Verdict> Evaluation::evaluate(const Record& record, const Place& place) {
    if (auto matched = TRY(first_match(record.directives, place))) {
        if (matched->origin == Origin::Record) matched->explanation = record.explanation;
        return *std::move(matched);
    }
    if (record.redirect) return redirect(*record.redirect, place);
    if (auto matched = TRY(ask_local_rules(place, Result::Neutral))) return *std::move(matched);
    note(place, "", "nothing matches: neutral");
    return Verdict{.result = Result::Neutral, .mechanism = "default", .domain = place.domain};
}

Partly<std::optional<Verdict>> Evaluation::first_match(const std::vector<Directive>& directives, const Place& place) {
    for (const auto& directive : directives) {
        const bool is_end = std::holds_alternative<All>(directive.mechanism) && directive.qualifier != Qualifier::Pass;
        if (is_end)
            if (auto local = TRY(ask_local_rules(place, result_of(directive.qualifier)))) return local;
        if (TRY(matches(directive, place)))
            return Verdict{.result = result_of(directive.qualifier),
                           .mechanism = to_text(directive.mechanism),
                           .domain = place.domain};
    }
    return std::nullopt;
}

Partly<bool> Evaluation::matches(const Directive& directive, const Place& place) {
    finding_.clear();
    auto matched = std::visit([&](const auto& mechanism) { return matches(mechanism, place); }, directive.mechanism);
    if (!matched) {
        if (!matched.error().question) note(place, to_text(directive), matched.error().problem);
    } else if (policy_.is_traced) {
        auto finding = *matched ? fmt::format("matches: {}", to_text(result_of(directive.qualifier)))
                                : std::string("does not match");
        if (!finding_.empty()) finding += fmt::format(" ({})", finding_);
        note(place, to_text(directive), std::move(finding));
    }
    return matched;
}

// Rules of ours that cannot be evaluated are passed over; those that the DNS could not answer might have let it pass.
Partly<std::optional<Verdict>> Evaluation::ask_local_rules(const Place& place, Result otherwise) {
    if (!place.may_use_local_rules || policy_.local_rules.empty()) return std::nullopt;
    Account ours;
    auto* const sender = std::exchange(account_, &ours);
    note(place, "", "local rules:");
    auto matched = first_match(policy_.local_rules,
                               {.domain = place.domain, .depth = place.depth + 1, .may_use_local_rules = false});
    account_ = sender;
    if (!matched && !matched.error().question && matched.error().result == Result::PermError) return std::nullopt;
    if (!matched) matched.error().published = otherwise;
    if (matched && *matched) {
        (*matched)->origin = Origin::LocalRules;
        (*matched)->published = otherwise;
    }
    return matched;
}

// §6.1
Partly<Verdict> Evaluation::redirect(const MacroString& target, const Place& place) {
    TRY(count_lookup());
    const auto domain = TRY(target_text(target, place));
    note(place, "redirect=" + to_text(target), domain ? "continues at " + *domain : "has no target");
    auto verdict = TRY(check_host(
        {.domain = domain.value_or(""), .depth = place.depth, .may_use_local_rules = place.may_use_local_rules}));
    if (verdict.result == Result::None)
        return permanent(fmt::format("redirect={}: {}", to_text(target), verdict.problem));
    return verdict;
}

// What is guessed is our opinion: it never is an error of the sender's.
Partly<Verdict> Evaluation::guess(const Place& place, Verdict none) {
    Account ours;
    auto* const sender = std::exchange(account_, &ours);
    note(place, "", "no record; guessed:");
    auto verdict = evaluate({.directives = policy_.guess}, place);
    account_ = sender;
    if (!verdict) {
        if (verdict.error().question) return verdict;
        return none;
    }
    if (verdict->origin == Origin::Record) verdict->origin = Origin::Guess;
    verdict->published = Result::None;
    return verdict;
}

// §6.2
Partly<void> Evaluation::explain(const Verdict& verdict, Report& report) {
    if (auto theirs = TRY(their_explanation(verdict))) {
        report.explanation = *std::move(theirs);
        report.is_theirs = true;
        return {};
    }
    const auto ours = TRY(expanded(policy_.explanation, sender_domain_));
    report.explanation = ours.value_or("The client is not allowed to send in the name of this domain");
    return {};
}

// Whatever goes wrong with it, the result stands, and the explanation is ours.
Partly<std::optional<std::string>> Evaluation::their_explanation(const Verdict& verdict) {
    if (!verdict.explanation) return std::nullopt;
    const Place place{.domain = verdict.domain};
    const auto name = TRY(target(verdict.explanation, place));
    if (!name) return std::nullopt;
    const auto* answer = TRY(ask(*name, dns::Type::Txt));
    if (!answer->has_records() || answer->records.size() != 1) return std::nullopt;
    const auto* txt = std::get_if<dns::Txt>(&answer->records[0].value);
    if (!txt) return std::nullopt;
    const auto text = parse_macro_string(txt->joined(), MacroUse::Explanation);
    if (!text) return std::nullopt;
    return expanded(*text, verdict.domain);
}

// Hostile: an explanation is sent to the client and shown to people, so nothing but printable ASCII of measured length,
// in no more lines than it was written in.
Partly<std::optional<std::string>> Evaluation::expanded(const MacroString& text, std::string_view domain) {
    TRY(find_validated_name(text, domain));
    auto explanation = expand_text(text, values(domain), longest_explanation);
    const auto is_odd = [](char c) { return !text::is_printable(c); };
    if (explanation && std::ranges::count_if(*explanation, is_odd) != text.count_lines_within()) return std::nullopt;
    return explanation;
}

Partly<const dns::Answer*> Evaluation::ask(const dns::Name& name, dns::Type type) const {
    dns::Question question{name, type};
    const auto known = answers_.find(question);
    if (known == answers_.end()) return std::unexpected(Stop{.question = std::move(question), .problem = {}});
    return &known->second;
}

Partly<const dns::Answer*> Evaluation::ask_usable(const dns::Name& name, dns::Type type) const {
    const auto* answer = TRY(ask(name, type));
    if (answer->is_usable()) return answer;
    return temporary(fmt::format("{}: {}", dns::to_text(dns::Question{name, type}), answer->reason));
}

Partly<const dns::Answer*> Evaluation::ask_for_term(const dns::Name& name, dns::Type type) {
    const auto* answer = TRY(ask_usable(name, type));
    if (answer->has_records()) return answer;
    finding_ = fmt::format("no {} of {}", dns::to_text(type), dns::to_text(name));
    if (++account_->void_lookups > policy_.most_void_lookups)
        return permanent(fmt::format("more than {} terms name what does not exist; the last is {}",
                                     policy_.most_void_lookups, dns::to_text(name)));
    return answer;
}

Partly<void> Evaluation::count_lookup() {
    if (++account_->lookups > most_lookups)
        return permanent(fmt::format("more than {} terms need the DNS", most_lookups));
    return {};
}

}  // namespace spf
