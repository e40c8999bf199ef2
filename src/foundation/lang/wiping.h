#pragma once
// Overwriting what may have held a password, where it would stay after use: in buffers that live on, and on the stack.
//
// What is given back to the heap is overwritten by the binary itself (tool/hermod/wiping_delete.cc); this is for the
// rest. Secrets in values of their own: crypto::wipe().

#include <string.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

/// A copy whose octets lie on the heap however few they are. A short string in itself leaves them behind wherever it
/// has been moved away from, and nobody overwrites those places.
inline std::string on_heap(std::string_view octets) {
    constexpr std::size_t more_than_fits_inside = 64;
    std::string made;
    made.reserve(octets.size() < more_than_fits_inside ? more_than_fits_inside : octets.size());
    made = octets;
    return made;
}

/// Takes `count` octets off the front, and leaves no copy of the rest where it lay.
inline void drop_front(std::string& buffer, std::size_t count) {
    const std::size_t left = buffer.size() - count;
    buffer.erase(0, count);
    buffer.resize(left + count);
    ::explicit_bzero(buffer.data() + left, count);
    buffer.resize(left);
}

/// What functions that have returned left on the stack of this thread below its caller. For somewhere as shallow as an
/// event loop: what its callers have in their own frames stays.
[[gnu::noinline]] inline void wipe_stack() {
    std::array<char, 48 * 1024> below;  // a record of TLS and the functions that decrypt it
    ::explicit_bzero(below.data(), below.size());
}
