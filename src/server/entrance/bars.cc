#include "entrance/bars.h"

#include "ip/prefix.h"

namespace entrance {

void Bars::bar(const ip::Network& network, clocks::Steady until, clocks::Steady now) {
    if (until_.size() >= most) std::erase_if(until_, [&](const auto& bar) { return bar.second <= now; });
    if (until_.size() < most || until_.contains(network)) until_[network] = until;
}

bool Bars::is_barred(const ip::Address& client, clocks::Steady now) const {
    const auto found = until_.find(ip::client_of(client));
    return found != until_.end() && found->second > now;
}

}  // namespace entrance
