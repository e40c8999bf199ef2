#pragma once
// What may be hostile to read, or may hang, is looked at by a child, which says what it found and ends: master waits
// for nobody, and sees octets, whose meaning it checks.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace master {

class Errand {
public:
    struct Bounds {
        std::chrono::milliseconds time{30'000};  // then it is killed
        std::size_t octets = 64 * 1024 * 1024;
    };

    /// Starts at once; `find_out` runs in the child. `done` is called once, from the loop, unless this is destroyed
    /// before: with what the child said, or less of it, where it died.
    Errand(boost::asio::io_context& context, const std::function<std::string()>& find_out, Bounds bounds,
           std::function<void(std::string octets)> done);
    Errand(const Errand&) = delete;
    Errand& operator=(const Errand&) = delete;
    ~Errand();

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the wait under way
};

}  // namespace master
