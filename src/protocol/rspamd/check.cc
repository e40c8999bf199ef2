#include "rspamd/check.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "text/ascii.h"

namespace rspamd {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_message = 400;

constexpr std::array<std::pair<std::string_view, Action>, 8> actions{{{"no action", Action::None},
                                                                      {"greylist", Action::Greylist},
                                                                      {"add header", Action::AddHeader},
                                                                      {"rewrite subject", Action::RewriteSubject},
                                                                      {"soft reject", Action::SoftReject},
                                                                      {"reject", Action::Reject},
                                                                      {"discard", Action::Discard},
                                                                      {"quarantine", Action::Quarantine}}};

std::string in_field(std::string_view text) {
    std::string safe(text.substr(0, 1000));
    std::ranges::replace_if(safe, [](char c) { return text::is_control(c); }, '?');
    return safe;
}

std::optional<double> number_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    const auto number = value->to_number<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::vector<std::string> symbols_in(const json::object& answer) {
    std::vector<std::string> names;
    const auto* symbols = answer.if_contains("symbols");
    if (symbols == nullptr || !symbols->is_object()) return names;
    for (const auto& [name, value] : symbols->get_object()) {
        const auto score = value.is_object() ? number_in(value.get_object(), "score") : std::nullopt;
        if (score && *score != 0 && names.size() < most_symbols) names.emplace_back(name);
    }
    return names;
}

std::string message_in(const json::object& answer) {
    const auto* messages = answer.if_contains("messages");
    if (messages == nullptr || !messages->is_object()) return {};
    const auto* text = messages->get_object().if_contains("smtp_message");
    if (text == nullptr || !text->is_string()) return {};
    return std::string(std::string_view(text->get_string()).substr(0, longest_message));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> fields_of(const Envelope& envelope) {
    std::vector<std::pair<std::string, std::string>> fields;
    const auto add = [&](std::string_view name, std::string_view value) {
        fields.emplace_back(std::string(name), in_field(value));
    };
    if (!envelope.client.empty()) add("IP", envelope.client);
    if (!envelope.helo.empty()) add("Helo", envelope.helo);
    add("From", envelope.reverse_path.empty() ? "<>" : std::string_view(envelope.reverse_path));
    for (std::size_t i = 0; i < std::min(envelope.recipients.size(), most_recipients); ++i)
        add("Rcpt", envelope.recipients[i]);
    if (!envelope.user.empty()) add("User", envelope.user);
    if (!envelope.hostname.empty()) add("MTA-Name", envelope.hostname);
    return fields;
}

std::expected<Verdict, std::string> parse_answer(std::string_view text) {
    if (text.size() > longest_answer) return std::unexpected("its answer is too long");
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return std::unexpected("its answer is no JSON object");
    const auto& answer = parsed.get_object();
    if (const auto* trouble = answer.if_contains("error"); trouble != nullptr && trouble->is_string())
        return std::unexpected("it says: " +
                               std::string(std::string_view(trouble->get_string()).substr(0, longest_message)));
    const auto score = number_in(answer, "score");
    const auto* name = answer.if_contains("action");
    if (!score || name == nullptr || !name->is_string()) return std::unexpected("its answer has no score or no action");
    const auto found =
        std::ranges::find(actions, std::string_view(name->get_string()), &std::pair<std::string_view, Action>::first);
    if (found == actions.end()) return std::unexpected("its answer has an action that nobody knows");
    return Verdict{.action = found->second,
                   .score = *score,
                   .required = number_in(answer, "required_score").value_or(0),
                   .symbols = symbols_in(answer),
                   .message = message_in(answer)};
}

std::string_view to_text(Action action) {
    return std::ranges::find(actions, action, &std::pair<std::string_view, Action>::second)->first;
}

}  // namespace rspamd
