#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <vector>

#include "authentication/dmarc_forms.h"
#include "authentication/run.h"
#include "authentication/surroundings.h"
#include "dkim/signature.h"
#include "dmarc/check.h"
#include "lang/try.h"
#include "reflection/forms.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace authentication {
namespace {

struct Question {
    Dns dns;
    Now now;
    std::string header_from;
    std::string spf_domain;
    std::string spf_result = "none";
    std::vector<std::string> dkim_domains;
    std::vector<std::string> dkim_results;
    bool json = false;
};

int refuse(std::string_view why) { return authentication::refuse("dmarc", why); }

void add_check(CLI::App& app, Question& question) {
    auto* check = app.add_subcommand(
        "check", "Does this author's domain stand behind the message, and if not, what does it want?");
    check->add_option("--header-from", question.header_from, "The author: the domain or address of From")
        ->required()
        ->type_name("DOMAIN|ADDRESS");
    check->add_option("--spf-domain", question.spf_domain, "The domain SPF was asked about")->type_name("DOMAIN");
    check->add_option("--spf-result", question.spf_result, "What SPF said")->type_name("RESULT");
    repeatable(
        check->add_option("--dkim-domain", question.dkim_domains, "The domain of a signature (d=); may be repeated")
            ->type_name("DOMAIN"));
    repeatable(
        check->add_option("--dkim-result", question.dkim_results, "What came of it; one for each domain, in order")
            ->type_name("RESULT"));
    check->add_flag("--json", question.json, "Print one JSON object");
    question.dns.add_to(*check);
    question.now.add_to(*check);
}

std::expected<std::string, std::string> domain_of(std::string_view option, std::string_view text) {
    auto domain = text::to_a_labels(text.substr(text.rfind('@') + 1));
    if (domain && dns::parse_name(*domain)) return *std::move(domain);
    return std::unexpected(fmt::format("{} {}: not a domain", option, text));
}

std::expected<dmarc::Evidence, std::string> evidence_of(const Question& question) {
    dmarc::Evidence evidence;
    evidence.author_domain = TRY(domain_of("--header-from", question.header_from));
    const auto is = [](const std::string& result, std::string_view wanted) {
        return text::equal_ignoring_case(result, wanted);
    };
    if (is(question.spf_result, "pass") && !question.spf_domain.empty())
        evidence.spf_domain = TRY(domain_of("--spf-domain", question.spf_domain));
    evidence.had_temporary_error = is(question.spf_result, "temperror");
    if (question.dkim_results.size() > question.dkim_domains.size())
        return std::unexpected("more --dkim-result than --dkim-domain");
    for (std::size_t i = 0; i < question.dkim_results.size(); ++i) {
        if (is(question.dkim_results[i], "temperror")) evidence.had_temporary_error = true;
        if (is(question.dkim_results[i], "pass"))
            evidence.dkim_domains.push_back(TRY(domain_of("--dkim-domain", question.dkim_domains[i])));
    }
    return evidence;
}

int answer(const Question& question) {
    auto evidence = evidence_of(question);
    if (!evidence) return refuse(evidence.error());
    dmarc::Check check(*std::move(evidence));
    const auto trouble = question.dns.answer_all_of(check);
    if (trouble) return refuse(*trouble);
    const auto& report = check.report();
    fmt::print("{}",
               question.json ? boost::json::serialize(dmarc_json(report)) + '\n' : reflection::dmarc_text(report));
    if (report.result == dmarc::Result::TempError) return temporary;
    return report.result == dmarc::Result::Pass ? 0 : 1;
}

}  // namespace

int run_dmarc(std::span<char*> arguments) {
    CLI::App app("DMARC (RFC 9989): what an author's domain says of mail in its name.", "hermod dmarc");
    app.require_subcommand(1);
    Question question;
    add_check(app, question);
    if (const auto status = check::parse(app, arguments)) return *status;
    return answer(question);
}

}  // namespace authentication
