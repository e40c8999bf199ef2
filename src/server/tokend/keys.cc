#include "tokend/keys.h"

#include <algorithm>
#include <utility>

#include "jose/keys.h"

namespace tokend {

void Keys::begin(clocks::Steady now) {
    is_fetching_ = true;
    due_ = now + usual;
    ends_.fetch();
}

void Keys::tick(clocks::Steady now) {
    if (now >= due_ && !is_fetching_) begin(now);
}

void Keys::renew(const RenewKeys& question, clocks::Steady now) {
    const auto rest = is_reached_ ? between_requests : between_vain_requests;
    const bool is_recent = requested_ && now - *requested_ < rest;
    if ((is_recent && !is_fetching_) || waiting_.size() >= most_waiting)
        return ends_.tell(directory::KeysRenewed{.ticket = question.ticket, .is_reached = is_reached_});
    waiting_.push_back(question.ticket);
    if (is_fetching_) return;
    requested_ = now;
    begin(now);
}

void Keys::failed(const std::string& why, clocks::Steady now) {
    is_reached_ = false;
    due_ = now + pause_;
    pause_ = std::min(pause_ * 2, usual);
    if (why != trouble_)
        ends_.warn("the keys of who issues tokens cannot be fetched: " + why +
                   (json_.empty() ? "" : "; those fetched last stay in use"));
    trouble_ = why;
}

void Keys::fetched(const std::expected<std::string, std::string>& json, clocks::Steady now) {
    is_fetching_ = false;
    const auto keys = json ? jose::parse_keys(*json) : std::unexpected(json.error());
    if (keys) {
        is_reached_ = true;
        due_ = now + usual;
        pause_ = after_failure;
        trouble_.clear();
        if (*json != json_) ends_.tell(directory::TokenKeys{json_ = *json});
    } else {
        failed(json ? "what it publishes " + keys.error() : keys.error(), now);
    }
    for (const auto ticket : std::exchange(waiting_, {}))
        ends_.tell(directory::KeysRenewed{.ticket = ticket, .is_reached = is_reached_});
}

void Keys::connected() {
    waiting_.clear();
    if (!json_.empty()) ends_.tell(directory::TokenKeys{json_});
}

}  // namespace tokend
