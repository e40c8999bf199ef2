#include "qmgr/ticker.h"

#include "qmgr/queue.h"

namespace qmgr {

void Ticker::arm() {
    if (!queue_) return;
    const auto deadline = queue_->deadline();
    if (!deadline || (armed_for_ && *armed_for_ <= *deadline)) return;  // one that rings too early does no harm
    armed_for_ = deadline;
    timer_.expires_at(*deadline);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        armed_for_.reset();
        // The timer may ring within the millisecond before.
        if (const auto due = queue_->deadline(); due && *due <= clock_.steady() + milliseconds(1)) queue_->tick();
        arm();
    });
}

}  // namespace qmgr
