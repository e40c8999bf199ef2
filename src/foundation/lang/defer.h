#pragma once
// Defer cleanup([&] { ... }): runs at the end of the scope, however that is left.
#include <utility>

template <typename F>
class Defer {
public:
    explicit Defer(F f) : f_(std::move(f)) {}
    Defer(const Defer&) = delete;
    Defer& operator=(const Defer&) = delete;
    ~Defer() { f_(); }

private:
    F f_;
};
