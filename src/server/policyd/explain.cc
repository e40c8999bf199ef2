#include "policyd/explain.h"

#include <algorithm>

#include "mime/trace.h"
#include "policyd/grade.h"
#include "policyd/inbox.h"
#include "smtp/domain_of.h"
#include "spf/received.h"
#include "text/ascii.h"

namespace policyd {
namespace {

/// An address literal, or a name without a dot, has no record to ask for (RFC 7208 §2.3).
bool is_domain(std::string_view helo) { return helo.contains('.') && !helo.starts_with('['); }

/// The question about the domain of "postmaster@mx.example.org" from mx.example.org has been answered for HELO.
bool is_asked_apart(const site::Spf& spf, std::string_view helo, std::string_view reverse_path) {
    return spf.helo && !reverse_path.empty() && is_domain(helo) &&
           !text::equal_ignoring_case(helo, smtp::domain_of(reverse_path));
}

net::Task<Examined> check(resolver::Resolver& resolver, const site::Spf& spf, spf::Request request,
                          const Circumstances& circumstances) {
    return evaluate(resolver, policy_of(spf), spf.timeout, std::move(request), circumstances);
}

}  // namespace

net::Task<Examined> evaluate(resolver::Resolver& resolver, spf::Policy policy, std::chrono::seconds timeout,
                             spf::Request request, Circumstances circumstances) {
    policy.is_traced = circumstances.is_traced;
    spf::Check check(request, std::move(policy));
    while (const auto& question = check.question()) {
        if (circumstances.passed() < timeout) {
            const auto answer = co_await resolver.ask(*question);
            check.answer(answer);
        } else {
            check.answer(dns::failed("no time is left"));
        }
    }
    co_return Examined{std::move(request), check.report()};
}

spf::Policy policy_of(const site::Spf& spf) {
    spf::Policy policy;
    if (auto rules = spf::parse_rules(spf.local_rules)) policy.local_rules = *std::move(rules);
    if (auto guess = spf::parse_rules(spf.guess)) policy.guess = *std::move(guess);
    if (!spf.explanation.empty())
        if (auto text = spf::parse_macro_string(spf.explanation, spf::MacroUse::Reply))
            policy.explanation = *std::move(text);
    return policy;
}

net::Task<Examination> examine(resolver::Resolver& resolver, const Config& config, ip::Address client, std::string helo,
                               std::string reverse_path, Circumstances circumstances) {
    Examination examination{.reply = {250, "2.1.0", "Sender accepted"}, .examined = {}};
    const auto& spf = config.spf;
    const auto is_client_in = [&](const ip::Network& network) { return network.contains(client.unmapped()); };
    if (std::ranges::any_of(spf.trusted_forwarders, is_client_in)) co_return examination;
    const spf::Request of_sender{.client = client,
                                 .helo = helo,
                                 .mail_from = reverse_path,
                                 .identity = spf::Identity::MailFrom,
                                 .receiver = config.hostname,
                                 .now = circumstances.now};
    if (is_asked_apart(spf, helo, reverse_path)) {
        auto of_helo = of_sender;
        of_helo.identity = spf::Identity::Helo;
        auto examined = co_await check(resolver, spf, std::move(of_helo), circumstances);
        examination.examined.push_back(std::move(examined));
        // Where it is refused to everybody, nobody asks any more about the sender.
        examination.reply = reply_for(spf, least_grade(spf), examination);
        if (!examination.reply.is_positive()) co_return examination;
    }
    auto examined = co_await check(resolver, spf, of_sender, circumstances);
    examination.examined.insert(examination.examined.begin(), std::move(examined));
    examination.reply = reply_for(spf, spf.behavior, examination);
    co_return examination;
}

std::string trace_of(const site::Spf& spf, const Examination& examination) {
    const auto form = spf.qmail_header ? spf::ReceivedForm::Qmail : spf::ReceivedForm::Standard;
    std::string trace;
    if (!site::is_checked(spf)) return trace;
    for (const auto& [request, report] : examination.examined) {
        const auto line = spf::received_spf(request, report, form);
        const auto colon = line.find(": ");
        const auto field = mime::fold_field(line.substr(0, colon), line.substr(colon + 2));
        if (trace.size() + field.size() <= longest_trace) trace += field;
    }
    return trace;
}

}  // namespace policyd
