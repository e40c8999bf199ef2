#include "qmgr/farewell.h"

#include "qmgr/queue.h"
#include "qmgr/wiring.h"

namespace qmgr {
namespace {

constexpr std::chrono::milliseconds look_again{10};

}  // namespace

/// Half of the time is for answers that may still come, the other for the disk.
void Farewell::begin(std::chrono::milliseconds time) {
    queue_.stop();
    patience_ends_ = std::chrono::steady_clock::now() + time / 2;
    wait();
}

void Farewell::wait() {
    const bool is_quiet = queue_.is_quiet() && wiring_.unsent() == 0;
    if (is_quiet || std::chrono::steady_clock::now() > patience_ends_) return finish(/*rounds=*/4);
    timer_.expires_after(look_again);
    timer_.async_wait([this](const boost::system::error_code&) { wait(); });
}

/// The worker does one thing after another: when it has come round behind the group being written, the one that formed
/// meanwhile, and their repetition in a new segment, nothing is left.
void Farewell::finish(int rounds) {
    spool_.flush();
    if (rounds == 0) return context_.stop();
    commits_.run([] {}, [this, rounds] { finish(rounds - 1); });
}

}  // namespace qmgr
