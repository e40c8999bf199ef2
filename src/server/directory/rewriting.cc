#include "directory/rewriting.h"

#include <fmt/format.h>

#include <chrono>

#include "lang/try.h"
#include "text/ascii.h"

namespace directory {

Rewriting::Rewriting(const site::Srs& settings, std::string_view hostname, std::vector<std::string> secrets,
                     const clocks::Clock& clock)
    : when_(settings.rewrite),
      domain_(text::lower(site::srs_domain(settings, hostname))),
      key_{.secrets = std::move(secrets),
           .hash_length = settings.hash_length,
           .hash_minimum = settings.hash_minimum > 0 ? settings.hash_minimum : settings.hash_length},
      max_age_(static_cast<unsigned>(std::chrono::ceil<std::chrono::days>(settings.max_age).count())),
      clock_(clock) {}

std::int64_t Rewriting::now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
}

std::expected<std::string, srs::Refusal> Rewriting::rewritten(std::string_view reverse_path) const {
    return srs::forward(reverse_path, domain_, key_, now());
}

std::expected<smtp::Mailbox, srs::Refusal> Rewriting::reversed(const smtp::Mailbox& address) const {
    const auto back = TRY(srs::reverse(smtp::to_text(address), key_, now(), max_age_));
    auto mailbox = smtp::parse_mailbox(back, smtp::Utf8::Allowed);
    if (!mailbox) return std::unexpected(srs::Refusal::Malformed);
    return *std::move(mailbox);
}

std::optional<std::expected<smtp::Mailbox, smtp::Reply>> Rewriting::way_back(const smtp::Mailbox& address) const {
    if (address.literal || !srs::is_rewritten(address.local_part)) return std::nullopt;
    const bool is_at_ours = text::equal_ignoring_case(address.domain, domain_);
    const auto refuse = [&](smtp::Reply reply) -> std::optional<std::expected<smtp::Mailbox, smtp::Reply>> {
        // At another of our domains somebody may be called so; it is an earlier domain of such addresses, at most.
        if (!is_at_ours) return std::nullopt;
        return std::unexpected(std::move(reply));
    };
    if (!has_secret()) {
        if (when_ == site::SrsRewrite::Off) return std::nullopt;
        return refuse({451, "4.3.0", "Rewritten senders cannot be looked up at the moment"});
    }
    auto back = reversed(address);
    if (!back)
        return refuse(
            {550, "5.1.1", fmt::format("This is no sender that we rewrote: {}", srs::describe(back.error()))});
    return *std::move(back);
}

}  // namespace directory
