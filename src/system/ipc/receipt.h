#pragma once
// One recvmsg on a local socket, with the descriptors that come beside the octets (SCM_RIGHTS, unix(7)).

#include <sys/types.h>

#include <span>
#include <vector>

#include "file/descriptor.h"

namespace ipc {

struct Receipt {
    ssize_t octets = 0;   // 0: the peer closed; below: errno says why
    bool is_cut = false;  // octets or descriptors are lost, for want of room
    std::vector<file::Descriptor> descriptors;
};

/// `flags` are recvmsg's. At most `most_descriptors` (send_buffer.h) are taken.
Receipt receive(int socket, std::span<char> room, int flags);

}  // namespace ipc
