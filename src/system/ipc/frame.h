#pragma once
// How long one message between two processes may be.

#include <cstddef>

namespace ipc {

constexpr std::size_t longest_frame = 16 * 1024 * 1024;  // 1000 recipients with long parameters, a 64 KiB body, room

}  // namespace ipc
