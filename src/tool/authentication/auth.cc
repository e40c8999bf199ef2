#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "arc/verifier.h"
#include "authentication/arc_forms.h"
#include "authentication/dkim_forms.h"
#include "authentication/dmarc_forms.h"
#include "authentication/message_input.h"
#include "authentication/run.h"
#include "authentication/spf_forms.h"
#include "authentication/surroundings.h"
#include "authres/results.h"
#include "dkim/verifier.h"
#include "dmarc/check.h"
#include "mime/address.h"
#include "reflection/forms.h"
#include "spf/check.h"
#include "text/base64.h"
#include "text/escape.h"
#include "text/idna.h"

namespace authentication {
namespace {

namespace json = boost::json;

struct Question {
    Dns dns;
    Now now;
    MessageInput message;
    std::string client;
    std::string helo;
    std::string from;
    std::string receiver = "unknown";
    bool json = false;
};

/// What was found out about one message.
struct Findings {
    spf::Request request;
    spf::Report spf;
    std::vector<dkim::Verdict> dkim;
    arc::Report arc;
    dmarc::Report dmarc;
    std::string author_domain;
};

int refuse(std::string_view why) { return authentication::refuse("auth", why); }

void add_check(CLI::App& app, Question& question) {
    auto* check = app.add_subcommand("check", "SPF, DKIM, ARC and DMARC for one message");
    question.message.add_to(*check);
    check->add_option("--ip", question.client, "The client's address")->required()->type_name("ADDRESS");
    check->add_option("--helo", question.helo, "What it said in HELO or EHLO")->type_name("NAME");
    check->add_option("--from", question.from, "The envelope sender; empty: the null sender")->type_name("ADDRESS");
    check->add_option("--receiver", question.receiver, "Our name, in explanations and in Authentication-Results")
        ->type_name("NAME");
    check->add_flag("--json", question.json, "Print one JSON object");
    question.dns.add_to(*check);
    question.now.add_to(*check);
}

/// The one domain of the addresses in the one From; empty where there is no such. Hostile: with two of them a
/// reader may see the one, and we have proved the other.
std::string author_domain(const dkim::Header& header) {
    const auto fields = header.named("From");
    if (fields.size() != 1) return {};
    const auto mailboxes = mime::parse_address_list(fields[0]->value);
    if (!mailboxes || mailboxes->empty()) return {};
    std::string found;
    for (const auto& mailbox : *mailboxes) {
        const auto at = mailbox.addr_spec.rfind('@');
        if (at == std::string::npos) return {};
        const auto domain = text::to_a_labels(std::string_view(mailbox.addr_spec).substr(at + 1));
        if (!domain || !dns::parse_name(*domain) || (!found.empty() && found != *domain)) return {};
        found = *domain;
    }
    return found;
}

dmarc::Evidence evidence_of(const Findings& findings) {
    dmarc::Evidence evidence{.author_domain = findings.author_domain, .spf_domain = "", .dkim_domains = {}};
    evidence.had_temporary_error = findings.spf.result == spf::Result::TempError;
    if (findings.spf.result == spf::Result::Pass)
        evidence.spf_domain = text::to_a_labels(findings.spf.domain).value_or("");
    for (const auto& verdict : findings.dkim) {
        if (verdict.result == dkim::Result::Pass) evidence.dkim_domains.push_back(verdict.domain);
        if (verdict.result == dkim::Result::TempError) evidence.had_temporary_error = true;
    }
    return evidence;
}

/// The first trouble with the table or the resolver, in words.
std::optional<std::string> find_out(const Question& question, std::string_view message, Findings& findings) {
    spf::Check spf(findings.request, {.is_traced = true});
    dkim::Verifier dkim(static_cast<std::uint64_t>(std::max<std::int64_t>(question.now.seconds(), 0)));
    arc::Verifier arc;
    dkim.add(message);
    arc.add(message);
    dkim.finish();
    arc.finish();
    for (const auto& trouble :
         {question.dns.answer_all_of(spf), question.dns.answer_all_of(dkim), question.dns.answer_all_of(arc)})
        if (trouble) return trouble;
    findings.spf = spf.report();
    findings.dkim = dkim.verdicts();
    findings.arc = arc.report();
    findings.author_domain = author_domain(dkim.header());
    if (findings.author_domain.empty()) {
        findings.dmarc.result = dmarc::Result::PermError;
        findings.dmarc.reason = "From is not one field with addresses of one domain";
        return std::nullopt;
    }
    dmarc::Check dmarc(evidence_of(findings));
    const auto trouble = question.dns.answer_all_of(dmarc);
    findings.dmarc = dmarc.report();
    return trouble;
}

authres::Result result_of(const dkim::Verdict& verdict) {
    authres::Result result{.method = "dkim", .result = std::string(to_text(verdict.result)), .reason = verdict.reason};
    if (verdict.domain.empty()) return result;
    result.properties = {
        {"header", "d", verdict.domain}, {"header", "s", verdict.selector}, {"header", "a", verdict.algorithm}};
    // Tells signatures of one domain apart (RFC 6008 §4).
    if (!verdict.octets.empty())
        result.properties.push_back({"header", "b", text::to_base64(verdict.octets).substr(0, 8)});
    return result;
}

std::string authentication_results(const Findings& findings, const std::string& receiver) {
    authres::Results results{.authserv_id = receiver};
    const bool is_helo = findings.spf.identity == spf::Identity::Helo || findings.request.mail_from.empty();
    results.results.push_back({.method = "spf",
                               .result = std::string(to_text(findings.spf.result)),
                               .properties = {{"smtp", is_helo ? "helo" : "mailfrom",
                                               is_helo ? findings.request.helo : findings.request.mail_from}}});
    if (findings.dkim.empty()) results.results.push_back({.method = "dkim", .result = "none"});
    for (std::size_t i = 0; i < std::min(findings.dkim.size(), dkim::most_signatures); ++i)
        results.results.push_back(result_of(findings.dkim[i]));
    results.results.push_back({.method = "arc", .result = std::string(to_text(findings.arc.result))});
    authres::Result dmarc{.method = "dmarc", .result = std::string(to_text(findings.dmarc.result))};
    if (!findings.author_domain.empty()) dmarc.properties = {{"header", "from", findings.author_domain}};
    results.results.push_back(std::move(dmarc));
    return authres::to_text(results);
}

void print(const Question& question, const Findings& findings) {
    const auto results = authentication_results(findings, question.receiver);
    if (question.json) {
        fmt::print("{}\n",
                   json::serialize(json::object{
                       {"spf", json::parse(spf_json(findings.request, findings.spf, spf::ReceivedForm::Standard))},
                       {"dkim", dkim_json(findings.dkim)},
                       {"arc", arc_json(findings.arc)},
                       {"dmarc", dmarc_json(findings.dmarc)},
                       {"authentication_results", json_text(results)}}));
        return;
    }
    fmt::print("{}", reflection::to_text(
                         {findings.request, findings.spf, findings.dkim, findings.arc, findings.dmarc, results}));
}

int answer(const Question& question) {
    const auto client = ip::parse_address(question.client);
    if (!client) return refuse(fmt::format("--ip {}: not an address", question.client));
    const auto message = question.message.read_whole();
    if (!message) return refuse(message.error());
    Findings findings;
    findings.request = {.client = *client,
                        .helo = question.helo,
                        .mail_from = question.from,
                        .receiver = question.receiver,
                        .now = question.now.seconds()};
    if (const auto trouble = find_out(question, *message, findings)) return refuse(*trouble);
    print(question, findings);
    if (findings.dmarc.result == dmarc::Result::TempError) return temporary;
    return findings.dmarc.result == dmarc::Result::Pass ? 0 : 1;
}

}  // namespace

int run_auth(std::span<char*> arguments) {
    CLI::App app("Everything that tells where a message comes from: SPF, DKIM, ARC, DMARC.", "hermod auth");
    app.require_subcommand(1);
    Question question;
    add_check(app, question);
    if (const auto status = check::parse(app, arguments)) return *status;
    return answer(question);
}

}  // namespace authentication
