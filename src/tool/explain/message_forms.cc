// A verdict on a message, for people and for programs.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "authentication/arc_forms.h"
#include "authentication/dkim_forms.h"
#include "authentication/dmarc_forms.h"
#include "authentication/spf_forms.h"
#include "authentication/surroundings.h"
#include "explain/message.h"
#include "reflection/forms.h"
#include "text/escape.h"

namespace explain {
namespace {

constexpr std::size_t longest_results = 10'000;

std::string fate_of(const policyd::Rehearsed& verdict) {
    const auto& reply = verdict.reply;
    if (!reply.is_positive())
        return fmt::format("{}: {} {} {}",
                           verdict.at_rcpt && !verdict.at_rcpt->reply.is_positive() ? "At RCPT" : "After DATA",
                           reply.code, reply.enhanced, text::escaped(reply.text));
    if (verdict.discard) return "After DATA: taken, and discarded";
    return verdict.junk ? "After DATA: taken, to junk" : "After DATA: taken";
}

}  // namespace

std::string to_text(const policyd::Rehearsed& verdict) {
    std::string text;
    if (verdict.at_rcpt)
        for (const auto& [request, report] : verdict.at_rcpt->examined)
            text += reflection::spf_text(request, report, spf::ReceivedForm::Standard) + '\n';
    text += fmt::format("DKIM:\n{}\nARC:\n{}\nDMARC:\n{}\nAuthentication-Results: {}\n",
                        reflection::dkim_text(verdict.findings.dkim), reflection::arc_text(verdict.findings.arc),
                        reflection::dmarc_text(verdict.findings.dmarc),
                        text::escaped(verdict.authentication_results, longest_results));
    if (!verdict.not_judged.empty()) text += fmt::format("Not judged by the server: {}\n", verdict.not_judged);
    for (const auto& signer : verdict.signers) text += fmt::format("Signed for {}\n", signer);
    if (!verdict.content.empty()) text += fmt::format("Content: {}\n", text::escaped(verdict.content, longest_results));
    text += fate_of(verdict) + '\n';
    if (!verdict.reason.empty()) text += fmt::format("  {}\n", text::escaped(verdict.reason));
    for (const auto& remedy : verdict.remedies) text += fmt::format("It would be taken {}\n", text::escaped(remedy));
    return text;
}

std::string to_json(const policyd::Rehearsed& verdict) {
    namespace json = boost::json;
    using authentication::json_text;
    json::array checks, signers, remedies;
    if (verdict.at_rcpt)
        for (const auto& [request, report] : verdict.at_rcpt->examined)
            checks.push_back(json::parse(authentication::spf_json(request, report, spf::ReceivedForm::Standard)));
    for (const auto& signer : verdict.signers) signers.emplace_back(signer);
    for (const auto& remedy : verdict.remedies) remedies.emplace_back(json_text(remedy));
    const auto& reply = verdict.reply;
    return json::serialize(
        json::object{{"accepted", reply.is_positive()},
                     {"junk", reply.is_positive() && verdict.junk},
                     {"reply", {{"code", reply.code}, {"enhanced", reply.enhanced}, {"text", json_text(reply.text)}}},
                     {"discarded", verdict.discard},
                     {"content", json_text(verdict.content)},
                     {"reason", json_text(verdict.reason)},
                     {"not_judged", verdict.not_judged},
                     {"would_be_taken", std::move(remedies)},
                     {"signed_for", std::move(signers)},
                     {"spf", std::move(checks)},
                     {"dkim", authentication::dkim_json(verdict.findings.dkim)},
                     {"arc", authentication::arc_json(verdict.findings.arc)},
                     {"dmarc", authentication::dmarc_json(verdict.findings.dmarc)},
                     {"authentication_results", json_text(verdict.authentication_results)}});
}

}  // namespace explain
