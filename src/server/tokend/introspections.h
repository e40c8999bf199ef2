#pragma once
// Tokens that their issuer is asked about (RFC 7662): so many at a time, nobody's twice at once, and none again as long
// as the answer is fresh. §4: a cached answer lets a token in that was taken back meanwhile, so it is kept for a short
// time, and never beyond the token's end.
//
// Hostile: whoever has no account may send any token. What is kept, and what waits, is bounded; tokens are kept as
// digests.

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "directory/inbox.h"
#include "tokend/inbox.h"

namespace tokend {

class Introspections {
public:
    static constexpr std::size_t most_at_once = 8;
    static constexpr std::size_t most_waiting = 500;
    static constexpr std::size_t most_kept = 10'000;

    struct Ends {
        std::function<void(std::string token)> ask;  // begins it; what came of it is told by answered(), later
        std::function<void(const directory::FromTokend&)> tell;
        std::function<void(const std::string&)> warn;
    };
    Introspections(Ends ends, const clocks::Clock& clock, std::chrono::seconds kept_for)
        : ends_(std::move(ends)), clock_(clock), kept_for_(kept_for) {}

    void take(Introspect question);
    /// What the issuer said of the token, or why he did not.
    void answered(const std::string& token, std::expected<std::string, std::string> said);
    /// Other settings: what was said before does not count.
    void use(std::chrono::seconds kept_for);
    /// directory is gone, and nobody waits for an answer.
    void forget();

private:
    struct Kept {
        std::string json;
        clocks::Steady until{};
        clocks::Wall ends = clocks::Wall::max();  // the token
    };
    using Digest = std::string;

    const Kept* find(const Digest& digest) const;
    void begin_next();
    void keep(const Digest& digest, const std::string& json);
    void tell(const std::vector<std::uint64_t>& tickets, const std::expected<std::string, std::string>& said);

    Ends ends_;
    const clocks::Clock& clock_;
    std::chrono::seconds kept_for_;
    std::map<Digest, Kept> kept_;
    std::map<Digest, std::vector<std::uint64_t>> open_;  // tickets; asked, and those that wait for their turn
    std::deque<std::string> waiting_;                    // tokens
    std::size_t asked_ = 0;
    std::size_t tickets_ = 0;
    bool is_in_trouble_ = false;
};

}  // namespace tokend
