#include "dsn/wants.h"

#include <algorithm>

namespace dsn {

bool wants(std::string_view reverse_path, std::uint8_t notify, Action action) {
    if (reverse_path.empty() || (notify & smtp::notify_never)) return false;
    const bool is_unspecified = notify == smtp::notify_unspecified;
    switch (action) {
        case Action::Failed: return is_unspecified || (notify & smtp::notify_failure);
        case Action::Delayed: return is_unspecified || (notify & smtp::notify_delay);
        case Action::Delivered:
        case Action::Relayed:
        case Action::Expanded: return notify & smtp::notify_success;
    }
    return false;
}

bool wants_whole_original(smtp::Return ret, const Report& report) {
    return ret != smtp::Return::Headers &&
           std::ranges::find(report.recipients, Action::Failed, &Recipient::action) != report.recipients.end();
}

}  // namespace dsn
