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
#include "text/escape.h"

namespace explain {
namespace {

constexpr int temporary = 75;  // EX_TEMPFAIL

int refuse(const std::string& why) {
    fmt::print(stderr, "hermod explain: {}\n", why);
    return 2;
}

/// Why nobody would be asked; empty: somebody would.
std::string_view why_not_asked(const smtpd::Config& config, const ip::Address& client,
                               const policyd::Examination& examination) {
    if (!site::is_checked(config.spf)) return "spf.behavior is \"off\", so nobody is refused by SPF";
    if (site::may_relay(config.relay, config.client, client)) return "this client may relay";
    if (examination.examined.empty()) return "this client is a trusted forwarder";
    return {};
}

std::string text_of(const policyd::Examination& examination, std::string_view not_asked, spf::ReceivedForm form) {
    std::string text;
    for (const auto& [request, report] : examination.examined)
        text += reflection::spf_text(request, report, form) + '\n';
    if (!not_asked.empty()) text += fmt::format("Of no effect: {}\n", not_asked);
    const auto& reply = examination.reply;
    return text + fmt::format("At RCPT: {}\n", reply.is_positive() ? "nothing stands against the sender"
                                                                   : fmt::format("{} {} {}", reply.code, reply.enhanced,
                                                                                 text::escaped(reply.text)));
}

std::string json_of(const policyd::Examination& examination, std::string_view not_asked, spf::ReceivedForm form) {
    namespace json = boost::json;
    json::array checks;
    for (const auto& [request, report] : examination.examined)
        checks.push_back(json::parse(authentication::spf_json(request, report, form)));
    const auto& reply = examination.reply;
    return json::serialize(
        json::object{{"accepted", reply.is_positive()},
                     {"reply", {{"code", reply.code}, {"enhanced", reply.enhanced}, {"text", reply.text}}},
                     {"not_asked", not_asked},
                     {"checks", std::move(checks)}});
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
    auto examined = ask<policyd::Examination>(config, [&](resolver::Resolver& resolver,
                                                          policyd::Circumstances circumstances) {
        return policyd::examine(resolver, config, *client, sender.helo, sender.reverse_path, std::move(circumstances));
    });
    if (!examined) return refuse(examined.error());
    auto& examination = *examined;
    const auto not_asked = why_not_asked(asked, *client, examination);
    if (!not_asked.empty()) examination.reply = {250, "2.1.0", "Sender accepted"};
    const auto form = config.spf.qmail_header ? spf::ReceivedForm::Qmail : spf::ReceivedForm::Standard;
    fmt::print("{}{}", json ? json_of(examination, not_asked, form) : text_of(examination, not_asked, form),
               json ? "\n" : "");
    if (examination.reply.is_positive()) return 0;
    return examination.reply.is_temporary() ? temporary : 1;
}

}  // namespace explain
