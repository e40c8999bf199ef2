#pragma once
// The keys of who issues tokens (RFC 7517): fetched at the start, every hour, and when a token names one that is
// unknown.
//
// What was fetched last stays in use while the issuer is down. Hostile: anybody can make up the name of a key, so that
// is a reason to fetch them twice a minute at most.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "directory/inbox.h"
#include "tokend/inbox.h"

namespace tokend {

class Keys {
public:
    static constexpr std::chrono::minutes usual{60};
    static constexpr std::chrono::minutes after_failure{1};  // then twice as long each time, up to the usual
    static constexpr std::chrono::seconds between_requests{30};
    static constexpr std::chrono::seconds between_vain_requests{5};  // somebody waits outside
    static constexpr std::size_t most_waiting = 10'000;

    struct Ends {
        std::function<void()> fetch;  // begins it; what came of it is told by fetched(), later
        std::function<void(const directory::FromTokend&)> tell;
        std::function<void(const std::string&)> warn;
    };
    explicit Keys(Ends ends) : ends_(std::move(ends)) {}

    /// Begins what is due; to be called again when due() has come.
    void tick(clocks::Steady now);
    clocks::Steady due() const { return due_; }

    void renew(const RenewKeys& question, clocks::Steady now);
    /// What the issuer has published, or why that is not known.
    void fetched(const std::expected<std::string, std::string>& json, clocks::Steady now);

    /// directory is another: it is told what there is; what its predecessor asked is nobody's any more.
    void connected();

private:
    void begin(clocks::Steady now);
    void failed(const std::string& why, clocks::Steady now);

    Ends ends_;
    std::string json_;  // empty: none yet
    std::string trouble_;
    bool is_fetching_ = false;
    bool is_reached_ = false;
    std::optional<clocks::Steady> requested_;  // when the last one was begun that was asked for
    clocks::Steady due_{};
    std::chrono::minutes pause_ = after_failure;
    std::vector<std::uint64_t> waiting_;  // tickets
};

}  // namespace tokend
