#pragma once
// Questions that wait until a source outside has answered. What a neighbour asks is worked out with what is known;
// where something was missing, its sources are asked, and it is worked out once more.
//
//   inquiries.settle<Resolved>([=] { return resolver.resolve(asked); }, [=](Resolved resolved) { tell(resolved); });
//
// Where no source is concerned the answer is told before settle() returns. Hostile: so many questions wait, and no
// more; each comes to an end.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "directory/kept_accounts.h"

namespace directory {

class Inquiries {
public:
    static constexpr std::size_t most_waiting = 10'000;
    static constexpr std::size_t most_at_once = 500;  // fewer than a source lets wait
    static constexpr unsigned most_rounds = 64;       // an alias leads to another, an extension is taken off

    /// Of one source: none: it cannot say now. False: it has too much to do, and nothing will be told.
    using Tell = std::function<void(std::optional<Known>)>;
    using Ask = std::function<bool(const Question&, Tell)>;

    /// `kept` must outlive it.
    void add(KeptAccounts& kept, Ask ask) { sources_.push_back({&kept, std::move(ask)}); }

    template <typename Answer>
    void settle(std::function<Answer()> work_out, std::function<void(Answer)> tell) {
        if (sources_.empty()) return tell(work_out());
        begin([work_out = std::move(work_out), tell = std::move(tell)]() -> std::function<void()> {
            return [tell, answer = work_out()] { tell(answer); };
        });
    }
    std::size_t waiting() const { return waiting_; }

private:
    /// Works it out; what it returns tells the answer.
    using Attempt = std::function<std::function<void()>()>;
    struct Waiting {
        Attempt attempt;
        unsigned rounds = 0;
        std::size_t open = 0;  // questions without an answer
        bool has_failed = false;
    };
    struct Source {
        KeptAccounts* kept;
        Ask ask;
    };
    using Place = std::pair<std::size_t, Question>;  // which source

    void begin(Attempt attempt);
    void go_on(const std::shared_ptr<Waiting>& waiting);
    std::vector<Place> take_missing();
    void ask(const Place& place, std::function<void(bool is_known)> then);
    void answered(const Place& place, std::optional<Known> known);

    std::vector<Source> sources_;
    std::map<Place, std::vector<std::function<void(bool)>>> asked_;  // each is asked once, for all who wait for it
    std::size_t waiting_ = 0;
};

}  // namespace directory
