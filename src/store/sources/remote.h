#pragma once
// What all sources have in common: a question has its time, and who has not answered is left alone for a while, each
// time for longer.

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "sources/source.h"

namespace sources {

using Deadline = clocks::Steady;

/// Cannot be reached, or did not answer in time: another question would fare no better.
inline std::unexpected<accounts::Error> unreachable(std::string why) {
    return std::unexpected(accounts::Error{accounts::Error::Code::Busy, std::move(why)});
}
/// It answered, and not what was asked for.
inline std::unexpected<accounts::Error> senseless(std::string why) {
    return std::unexpected(accounts::Error{accounts::Error::Code::Failed, std::move(why)});
}

class Remote : public Source {
public:
    Remote(const Terms& terms, const clocks::Clock& clock) : terms_(terms), clock_(clock) {}

protected:
    static constexpr std::chrono::milliseconds least_rest{500}, longest_rest{15'000}, between_mistakes{60'000};

    /// `question` takes a Deadline; its result is an expected with accounts::Error.
    template <typename Question>
    auto ask(const Question& question) -> decltype(question(Deadline())) {
        if (clock_.steady() < rests_until_) return unreachable(why_);
        auto found = question(clock_.steady() + std::chrono::milliseconds(terms_.settings.timeout));
        if (found)
            note_success();
        else
            note_failure(found.error());
        return found;
    }
    /// To the first of its addresses that answers, each with its share of the time. `connect` takes an Endpoint and a
    /// Deadline; its result is an expected with accounts::Error.
    template <typename Connect>
    auto connect_to_any(Deadline deadline, const Connect& connect) const
        -> decltype(connect(std::declval<const Endpoint&>(), deadline)) {
        std::string why = "no address of it is known";
        const auto all = terms_.whereabouts->now(left(deadline));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto share = left(deadline) / static_cast<std::int64_t>(all.size() - i);
            auto made = connect(all[i], clock_.steady() + share);
            if (made) return made;
            why = made.error().detail;
        }
        return unreachable(std::move(why));
    }
    std::chrono::milliseconds left(Deadline deadline) const {
        return std::max(deadline - clock_.steady(), std::chrono::milliseconds(0));
    }

    const Terms& terms_;
    const clocks::Clock& clock_;

private:
    void note_success() {
        rest_ = least_rest;
        if (!std::exchange(why_, {}).empty()) terms_.on_change({});
    }
    void note_failure(const accounts::Error& error) {
        if (error.code != accounts::Error::Code::Busy) return note_mistake(error.detail);
        const bool is_new = why_.empty();
        why_ = error.detail;
        rests_until_ = clock_.steady() + rest_;
        rest_ = std::min(rest_ * 2, longest_rest);
        if (is_new) terms_.on_change(why_);
    }
    /// Hostile: strangers may ask for the same thing by the thousand.
    void note_mistake(const std::string& mistake) {
        if (clock_.steady() < next_mistake_) return;
        next_mistake_ = clock_.steady() + between_mistakes;
        terms_.on_mistake(mistake.substr(0, 300));
    }

    std::string why_;  // it failed; empty: it answers
    std::chrono::milliseconds rest_ = least_rest;
    clocks::Steady rests_until_{};
    clocks::Steady next_mistake_{};
};

}  // namespace sources
