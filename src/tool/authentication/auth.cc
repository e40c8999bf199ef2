#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "authentication/arc_forms.h"
#include "authentication/dkim_forms.h"
#include "authentication/dmarc_forms.h"
#include "authentication/message_input.h"
#include "authentication/run.h"
#include "authentication/spf_forms.h"
#include "authentication/surroundings.h"
#include "authres/results.h"
#include "provenance/inquiry.h"
#include "reflection/forms.h"
#include "spf/check.h"
#include "text/escape.h"

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
    provenance::Findings all;
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

provenance::Spf finding_of(const spf::Request& request, const spf::Report& report) {
    const bool is_helo = report.identity == spf::Identity::Helo || request.mail_from.empty();
    return {.result = report.published,
            .identity = is_helo ? spf::Identity::Helo : spf::Identity::MailFrom,
            .domain = report.domain,
            .name = is_helo ? request.helo : request.mail_from};
}

/// The first trouble with the table or the resolver, in words.
std::optional<std::string> find_out(const Question& question, std::string_view message, Findings& findings) {
    spf::Check spf(findings.request, {.is_traced = true});
    if (auto trouble = question.dns.answer_all_of(spf)) return trouble;
    findings.spf = spf.report();
    provenance::Inquiry inquiry(static_cast<std::uint64_t>(std::max<std::int64_t>(question.now.seconds(), 0)),
                                {finding_of(findings.request, findings.spf)});
    inquiry.add(message);
    inquiry.finish();
    auto trouble = question.dns.answer_all_of(inquiry);
    findings.all = inquiry.findings();
    return trouble;
}

void print(const Question& question, const Findings& findings) {
    const auto results = authres::to_text(provenance::results_of(findings.all, question.receiver));
    if (question.json) {
        fmt::print("{}\n",
                   json::serialize(json::object{
                       {"spf", json::parse(spf_json(findings.request, findings.spf, spf::ReceivedForm::Standard))},
                       {"dkim", dkim_json(findings.all.dkim)},
                       {"arc", arc_json(findings.all.arc)},
                       {"dmarc", dmarc_json(findings.all.dmarc)},
                       {"authentication_results", json_text(results)}}));
        return;
    }
    fmt::print("{}", reflection::to_text({findings.request, findings.spf, findings.all.dkim, findings.all.arc,
                                          findings.all.dmarc, results}));
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
    if (findings.all.dmarc.result == dmarc::Result::TempError) return temporary;
    return findings.all.dmarc.result == dmarc::Result::Pass ? 0 : 1;
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
