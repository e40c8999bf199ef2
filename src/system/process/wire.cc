#include "process/wire.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "ipc/receipt.h"
#include "lang/verify.h"

namespace process {

int send_packet(int socket, std::span<const char> octets, std::span<const int> descriptors) {
    VERIFY(descriptors.size() <= most_in_packet);
    iovec part{const_cast<char*>(octets.data()), octets.size()};
    alignas(cmsghdr) char ancillary[CMSG_SPACE(most_in_packet * sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = ancillary;
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent;
    do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

Got receive_packet(int socket, std::span<char> octets, std::vector<file::Descriptor>& descriptors, bool wait) {
    auto receipt = ipc::receive(socket, octets, wait ? 0 : MSG_DONTWAIT);
    if (receipt.octets < 0 && errno == EAGAIN) return Got::Nothing;
    descriptors = std::move(receipt.descriptors);
    const bool is_whole = receipt.octets == static_cast<ssize_t>(octets.size()) && !receipt.is_cut &&
                          descriptors.size() <= most_in_packet;
    return is_whole ? Got::Packet : Got::End;
}

file::Descriptor memory_file(std::string_view text) {
    file::Descriptor made(::memfd_create("hermod", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    VERIFY(made);
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t written = ::pwrite(made.get(), text.data() + at, text.size() - at, static_cast<off_t>(at));
        VERIFY(written > 0);
        at += static_cast<std::size_t>(written);
    }
    VERIFY(::fcntl(made.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0);
    return made;
}

std::string content(const file::Descriptor& file) {
    std::string text;
    char part[16 * 1024];
    for (;;) {
        const ssize_t got = ::pread(file.get(), part, sizeof part, static_cast<off_t>(text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(part, static_cast<std::size_t>(got));
    }
}

}  // namespace process
