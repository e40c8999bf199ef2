#pragma once
// Recipients whose outcome is known and not written down yet, because the notification about it is still being
// addressed. They are tried no more meanwhile; others of their task may be.

#include <cstdint>
#include <map>

#include "qmgr/place.h"

namespace qmgr {

class Settling {
public:
    /// Bits of spool::Task::pending.
    std::uint64_t of(TaskName name) const {
        const auto found = bits_.find(name);
        return found == bits_.end() ? 0 : found->second;
    }
    void add(TaskName name, std::uint64_t bits) { bits_[name] |= bits; }
    void remove(TaskName name, std::uint64_t bits) {
        const auto found = bits_.find(name);
        if (found != bits_.end() && (found->second &= ~bits) == 0) bits_.erase(found);
    }

private:
    std::map<TaskName, std::uint64_t> bits_;
};

}  // namespace qmgr
