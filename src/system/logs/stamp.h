#pragma once
// The time of a line: "2026-01-02T03:04:05.678Z" (RFC 3339, always UTC), or TAI64N as multilog writes it.

#include <array>
#include <cstdint>
#include <string>

#include "clocks/clock.h"

namespace logs {

/// Most lines fall into the second of the line before.
class StampCache {
public:
    void append(std::string& out, clocks::Wall time);

private:
    std::int64_t second_ = -1;
    std::array<char, 20> text_{};  // up to and with the point
};

/// "@400000004a0b1c2d0a1b2c3d ".
void append_tai64n(std::string& out, clocks::Wall time);

}  // namespace logs
