#include <fmt/format.h>

#include <cstdio>
#include <expected>

#include "authentication/run.h"
#include "authentication/spf_forms.h"
#include "authentication/surroundings.h"
#include "lang/try.h"
#include "reflection/forms.h"

namespace authentication {
namespace {

struct Question {
    Dns dns;
    Now now;
    std::string client;
    std::string helo;
    std::string from;
    std::string receiver = "unknown";
    std::string identity = "mailfrom";
    std::string local_rules;
    std::string guess;
    std::string explanation;
    unsigned void_lookups = spf::Policy().most_void_lookups;
    bool is_qmail_header = false;
    bool json = false;
};

int refuse(std::string_view why) { return authentication::refuse("spf", why); }

void add_check(CLI::App& app, Question& question) {
    auto* check = app.add_subcommand("check", "May this client send in this name?");
    check->add_option("--ip", question.client, "The client's address")->required()->type_name("ADDRESS");
    check->add_option("--helo", question.helo, "What it said in HELO or EHLO")->type_name("NAME");
    check->add_option("--from", question.from, "The envelope sender; empty: the null sender")->type_name("ADDRESS");
    check->add_option("--identity", question.identity, "Which name to ask about")
        ->check(CLI::IsMember({"mailfrom", "helo"}));
    check->add_option("--receiver", question.receiver, "Our name, for explanations")->type_name("NAME");
    check->add_option("--local-rules", question.local_rules, "Mechanisms of ours, before a record says no")
        ->type_name("TERMS");
    check->add_option("--guess", question.guess, "Mechanisms for domains without a record")->type_name("TERMS");
    check->add_option("--explanation", question.explanation, "Said where the domain explains nothing; with macros")
        ->type_name("TEXT");
    check->add_option("--void-lookups", question.void_lookups, "Terms that may have no answer (2)")->type_name("N");
    check->add_flag("--qmail-header", question.is_qmail_header, "Received-SPF as qmail's SPF patch writes it");
    check->add_flag("--json", question.json, "Print one JSON object");
    question.dns.add_to(*check);
    question.now.add_to(*check);
}

std::optional<ip::Address> parse_client(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) return ip::parse_address_literal(text.substr(1, text.size() - 2));
    return ip::parse_address(text);
}

std::expected<std::vector<spf::Directive>, std::string> rules(std::string_view option, const std::string& text) {
    auto parsed = spf::parse_rules(text);
    if (parsed) return *std::move(parsed);
    return std::unexpected(fmt::format("{}: {}: {}", option, text.substr(std::min(parsed.error().offset, text.size())),
                                       spf::describe(parsed.error().code)));
}

std::expected<spf::Policy, std::string> policy_of(const Question& question) {
    spf::Policy policy{.most_void_lookups = question.void_lookups, .is_traced = true};
    policy.local_rules = TRY(rules("--local-rules", question.local_rules));
    policy.guess = TRY(rules("--guess", question.guess));
    auto explanation = spf::parse_macro_string(question.explanation, spf::MacroUse::Reply);
    if (!explanation) return std::unexpected(fmt::format("--explanation: {}", spf::describe(explanation.error().code)));
    policy.explanation = *std::move(explanation);
    return policy;
}

int status_of(spf::Result result) {
    if (result == spf::Result::TempError) return temporary;
    return result == spf::Result::Pass ? 0 : 1;
}

int answer(const Question& question) {
    const auto client = parse_client(question.client);
    if (!client) return refuse(fmt::format("--ip {}: not an address", question.client));
    auto policy = policy_of(question);
    if (!policy) return refuse(policy.error());
    const spf::Request request{
        .client = *client,
        .helo = question.helo,
        .mail_from = question.from,
        .identity = question.identity == "helo" ? spf::Identity::Helo : spf::Identity::MailFrom,
        .receiver = question.receiver,
        .now = question.now.seconds(),
    };
    spf::Check check(request, *std::move(policy));
    const auto trouble = question.dns.answer_all_of(check);
    if (trouble) return refuse(*trouble);
    const auto form = question.is_qmail_header ? spf::ReceivedForm::Qmail : spf::ReceivedForm::Standard;
    const auto& report = check.report();
    fmt::print("{}",
               question.json ? spf_json(request, report, form) + '\n' : reflection::spf_text(request, report, form));
    return status_of(report.result);
}

}  // namespace

int run_spf(std::span<char*> arguments) {
    CLI::App app("Sender Policy Framework (RFC 7208): who may send in a domain's name.", "hermod spf");
    app.require_subcommand(1);
    Question question;
    add_check(app, question);
    if (const auto status = check::parse(app, arguments)) return *status;
    return answer(question);
}

}  // namespace authentication
