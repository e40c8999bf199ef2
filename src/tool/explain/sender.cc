#include "explain/sender.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>

#include "authentication/spf_forms.h"
#include "check/load_all.h"
#include "config/load.h"
#include "explain/asking.h"
#include "policyd/explain.h"
#include "reflection/forms.h"
#include "smtpd/config.h"
#include "submitter/screened.h"
#include "text/escape.h"

namespace explain {
namespace {

constexpr int temporary = 75;  // EX_TEMPFAIL

int refuse(const std::string& why) {
    fmt::print(stderr, "hermod explain: {}\n", why);
    return 2;
}

/// What policyd would find out.
struct Found {
    policyd::Examination examination;
    policyd::Screening screening;
};

const smtp::Reply taken(250, "2.1.0", "Sender accepted");

struct Recipient {
    std::string local_part;
    std::string domain;
};
Recipient divided(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == address.npos) return {std::string(address), ""};
    return {std::string(address.substr(0, at)), std::string(address.substr(at + 1))};
}

/// Why SPF would not be asked; empty: it would.
std::string_view why_not_asked(const smtpd::Config& config, const ip::Address& client,
                               const policyd::Examination& examination) {
    if (!site::is_checked(config.spf)) return "spf.behavior is \"off\", so nobody is refused by SPF";
    if (site::may_relay(config.relay, config.client, client)) return "this client may relay";
    if (examination.examined.empty()) return "this client is a trusted forwarder";
    return {};
}

net::Task<Found> find_out(resolver::Resolver& resolver, const policyd::Config& config, ip::Address client,
                          const Sender& sender, policyd::Circumstances circumstances) {
    Found found;
    found.examination =
        co_await policyd::examine(resolver, config, client, sender.helo, sender.reverse_path, std::move(circumstances));
    found.screening = co_await policyd::screen(resolver, config, client, sender.helo, sender.reverse_path);
    co_return found;
}

/// The first that refuses decides.
smtp::Reply reply_of(const Found& found, bool counts_spf, const policyd::Config& config, const Recipient& recipient) {
    auto reply = counts_spf ? policyd::reply_for(config, found.examination, recipient.domain) : taken;
    if (!reply.is_positive()) return reply;
    return submitter::verdict_of(found.screening.screened,
                                 weight_for(config.screening, recipient.local_part, recipient.domain));
}

std::string text_of(const Found& found, const smtp::Reply& reply, std::string_view not_asked, spf::ReceivedForm form) {
    std::string text;
    for (const auto& [request, report] : found.examination.examined)
        text += reflection::spf_text(request, report, form) + '\n';
    if (!not_asked.empty()) text += fmt::format("Of no effect: {}\n", not_asked);
    for (const auto& one : found.screening.findings) text += fmt::format("Screening, {}: {}\n", one.stage, one.reason);
    return text + fmt::format("At RCPT: {}\n", reply.is_positive() ? "nothing stands against the sender"
                                                                   : fmt::format("{} {} {}", reply.code, reply.enhanced,
                                                                                 text::escaped(reply.text)));
}

std::string json_of(const Found& found, const smtp::Reply& reply, std::string_view not_asked, spf::ReceivedForm form) {
    namespace json = boost::json;
    json::array checks;
    for (const auto& [request, report] : found.examination.examined)
        checks.push_back(json::parse(authentication::spf_json(request, report, form)));
    json::array screening;
    for (const auto& one : found.screening.findings)
        screening.push_back(
            {{"stage", one.stage}, {"reason", one.reason}, {"allows", one.allows}, {"score", one.score}});
    return json::serialize(
        json::object{{"accepted", reply.is_positive()},
                     {"reply", {{"code", reply.code}, {"enhanced", reply.enhanced}, {"text", reply.text}}},
                     {"not_asked", not_asked},
                     {"checks", std::move(checks)},
                     {"screening", std::move(screening)}});
}

}  // namespace

int explain_sender(const std::string& configuration, const Sender& sender, bool json) {
    const auto client = ip::parse_address(sender.client);
    if (!client) return refuse(fmt::format("--ip {}: not an address", text::escaped(sender.client)));
    const auto loaded = check::load_all(configuration);
    if (!loaded) {
        for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", config::to_text(problem));
        return 2;
    }
    const auto asked = config::load<smtpd::Config>(loaded->text);
    const auto config = config::load<policyd::Config>(loaded->text);
    auto found = ask<Found>(config, [&](resolver::Resolver& resolver, policyd::Circumstances circumstances) {
        return find_out(resolver, config, *client, sender, std::move(circumstances));
    });
    if (!found) return refuse(found.error());
    const auto not_asked = why_not_asked(asked, *client, found->examination);
    for (const auto& broken : found->screening.broken)
        fmt::print(stderr, "hermod explain: DNS list {}: it counts for nothing\n", broken);
    if (site::may_relay(asked.relay, asked.client, *client)) found->screening = {};
    const auto reply = reply_of(*found, not_asked.empty(), config, divided(sender.recipient));
    const auto form = config.spf.qmail_header ? spf::ReceivedForm::Qmail : spf::ReceivedForm::Standard;
    fmt::print("{}{}", json ? json_of(*found, reply, not_asked, form) : text_of(*found, reply, not_asked, form),
               json ? "\n" : "");
    if (reply.is_positive()) return 0;
    return reply.is_temporary() ? temporary : 1;
}

}  // namespace explain
