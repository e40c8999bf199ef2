#pragma once
// How long a client may take to bring a message. RFC 5321 §4.5.3.2 asks for patience with each piece of it;
// hostile: an octet every nine seconds is a piece too, and a message of ten megabytes then lasts for years. So there is
// an average rate that it must keep as well. Only time spent waiting for the client counts, never our own.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smtpd {

class Patience {
public:
    struct Terms {
        std::chrono::milliseconds grace{0};  // to begin with, whatever the rate
        std::uint32_t rate = 1;              // octets a second, on average; never 0
    };

    /// How much longer we wait for the next octets, from now on. The terms may change while the message comes in.
    std::chrono::milliseconds left(Terms terms) const {
        const std::chrono::milliseconds earned{static_cast<std::int64_t>(octets_ * 1000 / terms.rate)};
        return std::max(terms.grace + earned - waited_, std::chrono::milliseconds(0));
    }
    void waited(std::chrono::milliseconds time) { waited_ += time; }
    void took(std::size_t octets) { octets_ += octets; }

private:
    std::chrono::milliseconds waited_{0};
    std::uint64_t octets_ = 0;
};

}  // namespace smtpd
