#pragma once
// [srs]: the envelope senders of mail that we send on, rewritten to addresses of ours (srs/address.h), so that the next
// host's SPF check asks about us; and the way back for its bounces.
//
// directory(8) has the secrets and does it; whether a sender would pass without, it has policyd(8) find out.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "site/checks.h"
#include "site/host.h"

namespace site {

enum class SrsRewrite : std::uint8_t { Off, Needed, Always };
constexpr auto choices(SrsRewrite) {
    using enum SrsRewrite;
    return std::array<config::Choice<SrsRewrite>, 3>{{{"off", Off}, {"needed", Needed}, {"always", Always}}};
}

struct Srs {
    SrsRewrite rewrite = SrsRewrite::Off;
    std::string domain;
    std::string secret_file;
    std::chrono::seconds max_age = std::chrono::days(21);
    std::uint32_t hash_length = 4;
    std::uint32_t hash_minimum = 0;
    std::vector<ip::Address> addresses;
};

inline auto settings(const Srs*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "rewrite", &Srs::rewrite,
            "Whether the sender of what leaves for other servers because of an alias or of a user's instructions "
            "becomes an address of ours. \"needed\": where its domain publishes SPF and our addresses do not pass "
            "it; \"always\": unless its domain is one of ours. Bounces find the way back with \"off\", too, as long "
            "as the secret is there. From \"off\" to \"needed\" needs a restart, unless policyd runs already."),
        setting("domain", &Srs::domain,
                "The domain of such addresses. Its mail must come here, and its SPF record must let us pass. Empty: "
                "hostname.",
                domain_or_empty_flaw),
        setting("secret_file", &Srs::secret_file,
                "A file with the secret that signs such addresses, readable by its owner alone. Lines behind the first "
                "are earlier secrets, which what comes back may still be signed by. Empty: srs.secret below "
                "data_directory, made when it is missing.",
                absolute_path_or_empty_flaw),
        setting("max_age", &Srs::max_age, "How old an address may be that a bounce comes back to.", {24h, 24h * 1000}),
        setting("hash_length", &Srs::hash_length,
                "Characters of the proof in such an address that we have written it: 4, as Mail::SRS and postsrsd have "
                "it, are 20 bits, case not counted; each more is five. The address becomes longer by as many.",
                {4, 20}),
        setting("hash_minimum", &Srs::hash_minimum,
                "Characters that the proof of an address must have that a bounce comes back to. 0: as hash_length. To "
                "make that longer, set this to what it was until max_age is over: or bounces to what is under way are "
                "refused.",
                {0, 20}),
        setting("addresses", &Srs::addresses,
                "Those that our mail leaves from, as others see them. Empty: relay.bind_ipv4 and bind_ipv6, or else "
                "what the DNS says of hostname."),
    };
}

inline std::string flaw(const Srs& srs) {
    return srs.hash_minimum > srs.hash_length ? "would not take back what it writes: hash_minimum is above hash_length"
                                              : "";
}

inline constexpr std::string_view srs_meaning = "Senders of what is sent on, rewritten so that SPF passes (SRS).";

/// Octets of all lines together.
constexpr std::size_t longest_srs_secrets = 64 * 1024;

/// A-labels.
std::string srs_domain(const Srs& srs, std::string_view hostname);
std::string srs_secret_file(const Srs& srs, const Host& host);

}  // namespace site
