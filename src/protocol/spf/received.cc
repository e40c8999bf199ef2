#include "spf/received.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"

namespace spf {
namespace {

constexpr std::size_t longest_word = 320;  // a whole address, RFC 5321 §4.5.3.1

std::string printable(std::string_view word) {
    std::string text(word.substr(0, longest_word));
    std::ranges::replace_if(text, [](char c) { return !text::is_printable(c); }, '?');
    return text;
}

// quoted-pair          RFC 5322 §3.2.1
std::string with_escapes(std::string_view word, std::string_view special) {
    std::string text;
    for (char c : printable(word)) {
        if (special.contains(c)) text += '\\';
        text += c;
    }
    return text;
}
std::string in_comment(std::string_view word) { return with_escapes(word, "()\\"); }

bool is_atom(std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) {
        return text::is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
    });
}

// dot-atom / quoted-string          RFC 7208 §9.1
std::string value(std::string_view word) {
    auto rest = word;
    for (auto dot = rest.find('.'); dot != std::string_view::npos && is_atom(rest.substr(0, dot)); dot = rest.find('.'))
        rest.remove_prefix(dot + 1);
    if (is_atom(rest) && word.size() <= longest_word) return std::string(word);
    return '"' + with_escapes(word, "\"\\") + '"';
}

std::string sender_of(const Request& request, const Report& report) {
    return report.identity == Identity::Helo ? "postmaster@" + report.domain : request.mail_from;
}

std::string envelope_of(const Request& request, const Report& report) {
    return request.mail_from.empty() ? sender_of(request, report) : request.mail_from;
}

std::string standard_reason(const Request& request, const Report& report) {
    const auto sender = in_comment(sender_of(request, report));
    const auto client = ip::to_text(request.client.unmapped());
    switch (report.result) {
        case Result::Pass: return fmt::format("domain of {} designates {} as permitted sender", sender, client);
        case Result::Fail: return fmt::format("domain of {} does not designate {} as permitted sender", sender, client);
        case Result::SoftFail:
            return fmt::format("domain of transitioning {} does not designate {} as permitted sender", sender, client);
        case Result::Neutral: return fmt::format("{} is neither permitted nor denied by domain of {}", client, sender);
        case Result::None: return fmt::format("domain of {} does not designate permitted sender hosts", sender);
        case Result::TempError: return fmt::format("error in looking up the policy of {}", sender);
        case Result::PermError: break;
    }
    return fmt::format("error in the policy of {}", sender);
}

std::string qmail_reason(const Request& request, const Report& report) {
    const auto record = "SPF record at " + in_comment(report.domain);
    const auto client = ip::to_text(request.client.unmapped());
    switch (report.result) {
        case Result::Pass: return fmt::format("{} designates {} as permitted sender", record, client);
        case Result::Fail: return fmt::format("{} does not designate {} as permitted sender", record, client);
        case Result::SoftFail:
            return fmt::format("transitioning {} does not designate {} as permitted sender", record, client);
        case Result::Neutral: return fmt::format("{} is neither permitted nor denied by {}", client, record);
        case Result::None:
            return fmt::format("domain at {} does not designate permitted sender hosts", in_comment(report.domain));
        case Result::TempError: return fmt::format("temporary error in looking up {}", record);
        case Result::PermError: break;
    }
    return fmt::format("parse error in {}", record);
}

std::string standard_fields(const Request& request, const Report& report) {
    auto fields = fmt::format("client-ip={}; envelope-from={}; helo={}; receiver={}; identity={};",
                              value(ip::to_text(request.client.unmapped())), value(envelope_of(request, report)),
                              value(request.helo), value(request.receiver), to_text(report.identity));
    if (!report.mechanism.empty()) fields += fmt::format(" mechanism={};", value(report.mechanism));
    if (!report.problem.empty() && report.result != Result::None)
        fields += fmt::format(" problem={};", value(report.problem));
    return fields;
}

}  // namespace

std::string received_spf(const Request& request, const Report& report, ReceivedForm form) {
    const auto result = to_text(report.result);
    const auto receiver = in_comment(request.receiver);
    if (form == ReceivedForm::Standard)
        return fmt::format("Received-SPF: {} ({}: {}) {}", result, receiver, standard_reason(request, report),
                           standard_fields(request, report));
    const auto who =
        report.identity == Identity::Helo ? "helo=" + value(request.helo) : "envelope-from=" + value(request.mail_from);
    return fmt::format("Received-SPF: {} ({}: {}) client-ip={}; {};", result, receiver, qmail_reason(request, report),
                       value(ip::to_text(request.client.unmapped())), who);
}

}  // namespace spf
