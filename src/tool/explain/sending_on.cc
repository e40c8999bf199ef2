#include "explain/sending_on.h"

#include <chrono>

#include "config/load.h"
#include "explain/asking.h"
#include "policyd/explain.h"

namespace explain {

SendingOn explain_sending_on(const std::string& configuration, const directory::Explanation& explained,
                             const std::string& reverse_path) {
    using enum site::SrsRewrite;
    const auto config = config::load<policyd::Config>(configuration);
    if (reverse_path.empty()) return {false, "it is the null sender"};
    if (config.srs.rewrite == Off) return {false, "srs.rewrite is \"off\""};
    if (explained.rewritten == reverse_path) return {false, "it is of the domain of rewritten senders"};
    if (config.srs.rewrite == Always) {
        if (explained.is_own_sender) return {false, "its domain is one of ours"};
        return {true, "srs.rewrite is \"always\""};
    }
    auto passage =
        ask<policyd::Passage>(config, [&](resolver::Resolver& resolver, policyd::Circumstances circumstances) {
            return policyd::passage_of(resolver, config, reverse_path, std::move(circumstances));
        });
    if (!passage) return {true, passage.error()};
    return {!passage->is_free, std::move(passage->reason)};
}

}  // namespace explain
