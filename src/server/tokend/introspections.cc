#include "tokend/introspections.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/digest.h"
#include "jose/introspection.h"

namespace tokend {
namespace {

std::string digest_of(const std::string& token) { return crypto::digest(crypto::Digest::Sha256, token); }

}  // namespace

const Introspections::Kept* Introspections::find(const Digest& digest) const {
    const auto found = kept_.find(digest);
    const bool is_fresh =
        found != kept_.end() && clock_.steady() < found->second.until && clock_.wall() < found->second.ends;
    return is_fresh ? &found->second : nullptr;
}

void Introspections::take(Introspect question) {
    const auto digest = digest_of(question.token);
    if (const auto* kept = find(digest))
        return ends_.tell(directory::Introspected{.ticket = question.ticket, .is_answered = true, .json = kept->json});
    if (tickets_ >= most_waiting) return ends_.tell(directory::Introspected{.ticket = question.ticket});
    ++tickets_;
    const auto [open, is_new] = open_.try_emplace(digest);
    open->second.push_back(question.ticket);
    if (is_new) waiting_.push_back(std::move(question.token));
    begin_next();
}

void Introspections::begin_next() {
    while (asked_ < most_at_once && !waiting_.empty()) {
        ++asked_;
        auto token = std::move(waiting_.front());
        waiting_.pop_front();
        ends_.ask(std::move(token));
    }
}

void Introspections::answered(const std::string& token, std::expected<std::string, std::string> said) {
    --asked_;
    if (said && !jose::Introspection::parse(*said)) said = std::unexpected("what it says is no answer");
    const auto digest = digest_of(token);
    if (said) keep(digest, *said);
    if (!said && !is_in_trouble_) ends_.warn("who issues tokens cannot be asked about them: " + said.error());
    is_in_trouble_ = !said;
    if (const auto open = open_.extract(digest)) {
        tickets_ -= open.mapped().size();
        tell(open.mapped(), said);
    }
    begin_next();
}

void Introspections::keep(const Digest& digest, const std::string& json) {
    if (kept_for_.count() == 0) return;
    const auto now = clock_.steady();
    if (kept_.size() >= most_kept) std::erase_if(kept_, [&](const auto& one) { return one.second.until <= now; });
    // Hostile: or there are too many to be of use; whichever it is, it is asked about again.
    if (kept_.size() >= most_kept && !kept_.contains(digest)) {
        const auto next = kept_.lower_bound(digest);
        kept_.erase(next == kept_.end() ? kept_.begin() : next);
    }
    const auto ends = jose::Introspection::parse(json)->expires();
    kept_[digest] = {.json = json, .until = now + kept_for_, .ends = ends ? clocks::Wall(*ends) : clocks::Wall::max()};
}

void Introspections::tell(const std::vector<std::uint64_t>& tickets,
                          const std::expected<std::string, std::string>& said) {
    for (const auto ticket : tickets)
        ends_.tell(directory::Introspected{
            .ticket = ticket, .is_answered = said.has_value(), .json = said ? *said : std::string()});
}

void Introspections::use(std::chrono::seconds kept_for) {
    kept_for_ = kept_for;
    kept_.clear();
}

/// Those that are being asked about come to an end by themselves, and are kept.
void Introspections::forget() {
    for (auto& token : waiting_) crypto::wipe(token);
    waiting_.clear();
    open_.clear();
    tickets_ = 0;
}

}  // namespace tokend
