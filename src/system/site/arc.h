#pragma once
// [arc]: what those who passed a message on say of it, and whose word counts. RFC 8617.

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "site/checks.h"

namespace site {

struct Arc {
    std::string seal;
    std::vector<std::string> trusted_sealers;
};

inline auto settings(const Arc*) {
    return std::tuple{
        config::setting(
            "seal", &Arc::seal,
            "The domain in whose name a stranger's message that goes on to another server is sealed, with what "
            "was found out about it here, so that a server that trusts us may take it though it fails DMARC "
            "there. Its RSA key does it, one of those of [dkim]. Empty: nothing is sealed. The first time needs "
            "a restart.",
            domain_or_empty_flaw),
        config::setting(
            "trusted_sealers", &Arc::trusted_sealers,
            "Domains whose seals are believed: a message that fails DMARC here is taken where its chain passes, and "
            "the "
            "first of those sealers who follow each other up to the last one says that DMARC passed when it came "
            "to it. Whoever is named here can let mail in under any name.",
            domain_names_flaw),
    };
}

inline constexpr std::string_view arc_meaning = "The chain of those who passed a message on (ARC, RFC 8617).";

}  // namespace site
