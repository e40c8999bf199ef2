#include "ipc/receipt.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "ipc/send_buffer.h"

namespace ipc {

namespace {

void take_descriptors(msghdr& message, std::vector<file::Descriptor>& into) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
            into.emplace_back(number);
        }
    }
}

}  // namespace

Receipt receive(int socket, std::span<char> room, int flags) {
    iovec part{room.data(), room.size()};
    alignas(cmsghdr) char ancillary[CMSG_SPACE(most_descriptors * sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary;
    message.msg_controllen = sizeof ancillary;
    Receipt receipt;
    do receipt.octets = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    while (receipt.octets < 0 && errno == EINTR);
    if (receipt.octets < 0) return receipt;
    take_descriptors(message, receipt.descriptors);
    receipt.is_cut = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    return receipt;
}

}  // namespace ipc
