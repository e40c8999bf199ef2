#pragma once
// A resolver that spares the zones of others: so many questions a second to one of them, and so many under way to it.
//
// Hostile: a stranger's record decides whom we ask. With "exists:%{l}.victim.example" each message of his is a question
// to another domain (RFC 7208 §11.5), and names in a zone that answers slowly keep us waiting. What exceeds a limit is
// Failed, as by a DNS that does not answer; other zones notice nothing. What we know still, and what is being asked
// already, costs nothing and is never refused.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "clocks/clock.h"
#include "dns/name.h"
#include "resolver/resolver.h"

namespace resolver {

/// Where `name` most likely is: below a registered domain, or for addresses in reverse, below a network of 16 bits (32
/// of IPv6). Where zones are cut nobody can tell who does not ask; so a provider's whole domain is one.
dns::Name zone_of(const dns::Name& name);

class ZoneLimits final : public Resolver {
public:
    static constexpr std::size_t most_zones = 10'000;      // that are in use; beyond that no other is asked
    static constexpr std::size_t most_questions = 20'000;  // that are known still; others cost as if they were new

    struct Limits {
        std::uint32_t per_second = 200;  // and as many at once
        std::uint32_t under_way = 64;
    };

    /// Both outlive it; `asked` also the questions under way.
    ZoneLimits(Resolver& asked, const clocks::Clock& clock, Limits limits);
    ~ZoneLimits() override;
    ZoneLimits(const ZoneLimits&) = delete;
    ZoneLimits& operator=(const ZoneLimits&) = delete;

    /// For questions from now on.
    void use(Limits limits);
    net::Task<dns::Answer> ask(dns::Question question) override;

private:
    struct State;
    Resolver& asked_;
    std::shared_ptr<State> state_;  // shared with the questions under way, which may be unwound after it
};

}  // namespace resolver
