#pragma once
// Time, injected. Schedules and lifetimes use the wall clock in milliseconds, because they survive restarts; waits use
// the steady clock, because an administrator may set the other one.

#include <chrono>
#include <cstdint>

namespace clocks {

using Wall = std::chrono::sys_time<std::chrono::milliseconds>;
using Steady = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

class Clock {
public:
    virtual ~Clock() = default;
    virtual Wall wall() const = 0;
    virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
public:
    Wall wall() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    Steady steady() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now());
    }
};

}  // namespace clocks
