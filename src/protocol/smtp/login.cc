#include "smtp/login.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "text/ascii.h"
#include "text/base64.h"

namespace smtp {
namespace {

constexpr int most_challenges = 10;  // Hostile: no mechanism has more than three

bool offers_binding(const std::vector<std::string>& offered) {
    return std::ranges::any_of(offered, [](const std::string& name) { return name.ends_with("-PLUS"); });
}

}  // namespace

std::expected<std::string, std::string> Login::begin(const std::vector<std::string>& offered, bool is_encrypted,
                                                     std::string channel) {
    if (!is_encrypted && !settings_.may_be_in_clear)
        return std::unexpected("The connection is not encrypted, so we do not log in");
    if (offered.empty()) return std::unexpected("The server does not offer AUTH, so we cannot log in");
    const auto chosen = sasl::choose(offered, settings_.mechanisms,
                                     {.is_encrypted = true, .has_channel = is_encrypted && !channel.empty()});
    if (!chosen)
        return std::unexpected(
            fmt::format("The server offers no way of logging in that we may use, only {}", fmt::join(offered, " ")));
    mechanism_ = sasl::name(*chosen);
    // Where it offers -PLUS and we may not, or cannot, use that, there is nothing to accuse anybody of.
    if (!sasl::binds_channel(*chosen) && offers_binding(offered)) channel.clear();
    client_ = sasl::make_client(*chosen, {.user = settings_.user,
                                          .password = std::exchange(settings_.password, {}),
                                          .nonce = settings_.nonce,
                                          .channel = std::move(channel)});
    const auto first = client_->first();
    const std::string bare = fmt::format("AUTH {}\r\n", mechanism_);
    if (!first) return bare;
    const auto whole = fmt::format("AUTH {} {}\r\n", mechanism_, first->empty() ? "=" : note_response(*first));
    return whole.size() <= longest_auth_command ? whole : bare;
}

std::string Login::on(const Reply& reply) {
    if (reply.code == 334) return is_cancelled_ ? fail({}) : respond(reply);
    if (is_cancelled_) return fail({});
    if (reply.code != 235) {
        is_refused_ = reply.is_permanent();
        return fail(
            fmt::format("The server refused our login as {} by {}: {}", settings_.user, mechanism_, text_of(reply)));
    }
    if (!client_->is_satisfied())
        return fail(
            fmt::format("The server let us in by {} without proving that it knows the password itself", mechanism_));
    is_done_ = true;
    return {};
}

std::string Login::respond(const Reply& reply) {
    auto challenge = text::parse_base64(text::trim(reply.text));
    // In the wild: servers that ask "334 Username:" as it is. What they ask does not matter.
    if (!challenge && mechanism_ == sasl::name(sasl::Mechanism::Login)) challenge.emplace();
    if (!challenge || ++challenges_ > most_challenges)
        return cancel(fmt::format("The server does not keep to {}", mechanism_));
    const auto response = client_->on_challenge(*challenge);
    if (!response)
        return cancel(fmt::format("The server does not keep to {}, or does not know the password itself", mechanism_));
    return note_response(*response) + "\r\n";
}

std::string Login::note_response(const std::string& response) {
    last_response_ = text::to_base64(response);
    return last_response_;
}

/// In the wild: servers that say again what they did not understand. What we say may be, or hold, the password.
std::string Login::text_of(const Reply& reply) const {
    const auto said = text::parse_base64(last_response_).value_or("");
    const auto secret = said.substr(said.rfind('\0') + 1);
    const bool tells = (!last_response_.empty() && reply.text.contains(last_response_)) ||
                       (!secret.empty() && reply.text.contains(secret));
    return fmt::format("{}{}{}{}{}", reply.code, reply.enhanced.empty() ? "" : " ", reply.enhanced, tells ? "" : " ",
                       tells ? "" : reply.text);
}

// RFC 4954 §4: "*", to which the server answers with 501.
std::string Login::cancel(std::string why) {
    why_not_ = std::move(why);
    is_cancelled_ = true;
    return "*\r\n";
}

std::string Login::fail(std::string why) {
    if (!why.empty()) why_not_ = std::move(why);
    return {};
}

}  // namespace smtp
