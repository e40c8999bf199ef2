#include "submitter/screened.h"

#include <fmt/format.h>

namespace submitter {

smtp::Reply verdict_of(const policyd::Screened& screened, const site::ScreeningWeight& weight) {
    const smtp::Reply taken(250, "2.1.0", "Sender accepted");
    if (weight.is_exempt) return taken;
    // Hostile: policyd reads what strangers wrote; no reply of its own makes a refusal of something else.
    if (screened.rejected && screened.rejected->is_permanent()) return *screened.rejected;
    const auto points = policyd::points(screened.score);
    if (weight.reject_at > 0 && points >= weight.reject_at)
        return {550, "5.7.1",
                fmt::format("Looks like spam, {} points: {}", points,
                            screened.reasons.substr(0, policyd::longest_reasons))};
    if (screened.deferred && screened.deferred->is_temporary()) return *screened.deferred;
    return taken;
}

}  // namespace submitter
