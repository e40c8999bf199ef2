#pragma once
// [dns]: whom to ask for mail exchangers and addresses.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "site/checks.h"

namespace site {

/// A resolver to ask; none: resolve and validate ourselves.
struct Resolver {
    std::optional<ip::Endpoint> server;
    bool operator==(const Resolver&) const = default;
};

struct Dns {
    Resolver resolver;
    std::string trust_anchors;
    std::string table;
    std::chrono::seconds timeout{30};
};

}  // namespace site

template <>
struct config::Text<site::Resolver> {
    static constexpr std::string_view kind =
        "an address, such as \"127.0.0.1\" or \"127.0.0.1:5353\", or \"\" to resolve and validate ourselves";
    static std::optional<site::Resolver> parse(std::string_view text);
    static std::string write(const site::Resolver& resolver);
};

namespace site {

inline auto settings(const Dns*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        config::at_start(setting(
            "resolver", &Dns::resolver,
            "The resolver to ask. Its word that an answer is validated counts only on a loopback address. Empty: "
            "resolve and validate ourselves, from the root.")),
        config::at_start(setting(
            "trust_anchors", &Dns::trust_anchors,
            "A file of DS or DNSKEY records, a line each: what is below their names is validated here (RFC 4035), "
            "whatever "
            "the resolver says of it, and a broken signature is trouble of the DNS. Without a resolver they stand in "
            "place of the root's keys. Every process that asks must be able to read it.",
            absolute_path_or_empty_flaw)),
        config::at_start(
            setting("table", &Dns::table,
                    "For tests: a file of JSON lines with all there is in the DNS, in place of a resolver.",
                    absolute_path_or_empty_flaw)),
        config::at_start(
            setting("timeout", &Dns::timeout, "For one question, after which the mail waits.", {1s, 300s})),
    };
}

inline constexpr std::string_view dns_meaning = "Whom to ask for mail exchangers and addresses.";

}  // namespace site
