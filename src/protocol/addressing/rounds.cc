#include "addressing/rounds.h"

#include <fmt/format.h>

#include <set>
#include <unordered_map>

#include "smtp/path.h"
#include "text/ascii.h"

namespace addressing {
namespace {

std::string key_of(std::string_view address) {
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    return text::lower(mailbox ? smtp::to_text(*mailbox) : std::string(address));
}

/// Depth first, without recursion: who writes instructions decides how deep it is.
class Search {
public:
    Search(const Book& book, const Rules& rules, const FollowOn& onward)
        : book_(book), rules_(rules), onward_(onward) {}

    void enter(const std::string& address) {
        visit(address, {});
        while (!path_.empty()) {
            if (path_.back().next == path_.back().edges.size()) {
                states_[path_.back().key] = State::Done;
                path_.pop_back();
                continue;
            }
            auto& edge = path_.back().edges[path_.back().next++];
            visit(edge.to, std::move(edge.steps));
        }
    }
    std::vector<Round> take() { return std::move(rounds_); }

private:
    enum class State : std::uint8_t { OnTheWay, Done };
    struct Edge {
        std::string to;
        std::vector<Step> steps;
    };
    struct Stop {
        std::string key;
        std::vector<Step> steps;  // that led here from the stop before
        std::vector<Edge> edges = {};
        std::size_t next = 0;
    };

    void visit(const std::string& address, std::vector<Step> steps) {
        auto key = key_of(address);
        const auto known = states_.find(key);
        if (known != states_.end()) {
            if (known->second == State::OnTheWay) close(key, std::move(steps));
            return;
        }
        if (states_.size() >= most_followed) return;
        states_.emplace(key, State::OnTheWay);
        Stop stop{std::move(key), std::move(steps)};
        find_edges(stop, address);
        path_.push_back(std::move(stop));
    }

    void find_edges(Stop& stop, const std::string& address) {
        const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
        if (!mailbox) return;
        auto resolution = resolve(book_, rules_, *mailbox);
        for (auto& round : resolution.rounds) note(std::move(round));
        if (!onward_) return;
        for (std::size_t i = 0; i < resolution.deliveries.size(); ++i) {
            const auto further = onward_(resolution.deliveries[i]);
            if (further.empty()) continue;
            const auto path = path_to(resolution, i);
            for (const auto& [to, by] : further) {
                stop.edges.push_back({to, path});
                // Where it was delivered is where it goes on: one step, by the rule that leads on.
                stop.edges.back().steps.back() = by;
            }
        }
    }

    void close(const std::string& key, std::vector<Step> last) {
        auto from = path_.size();
        while (from > 0 && path_[from - 1].key != key) --from;
        Round round;
        for (; from < path_.size(); ++from)
            round.insert(round.end(), path_[from].steps.begin(), path_[from].steps.end());
        round.insert(round.end(), last.begin(), last.end());
        note(std::move(round));
    }

    void note(Round round) {
        std::set<std::string> addresses;
        for (const auto& step : round) addresses.insert(text::lower(step.address));
        if (known_.insert(std::move(addresses)).second) rounds_.push_back(std::move(round));
    }

    const Book& book_;
    const Rules& rules_;
    const FollowOn& onward_;
    std::unordered_map<std::string, State> states_;
    std::vector<Stop> path_;
    std::set<std::set<std::string>> known_;
    std::vector<Round> rounds_;
};

}  // namespace

std::vector<Round> find_rounds(const Book& book, const Rules& rules, const std::vector<std::string>& entrances,
                               const FollowOn& onward) {
    Search search(book, rules, onward);
    for (const auto& entrance : entrances) search.enter(entrance);
    return search.take();
}

}  // namespace addressing
