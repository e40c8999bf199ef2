#include "ipc/send_buffer.h"

#include <string.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "ipc/frame.h"
#include "lang/verify.h"
#include "lang/wiping.h"

namespace ipc {

namespace {

ssize_t send_with(int socket, std::string_view bytes, const std::vector<file::Descriptor>& descriptors) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) char ancillary[CMSG_SPACE(most_descriptors * sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary;
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    unsigned char* place = CMSG_DATA(header);
    for (const auto& descriptor : descriptors) {
        const int number = descriptor.get();
        std::memcpy(place, &number, sizeof number);
        place += sizeof number;
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Encoded SendBuffer::begin() {
    compact();
    frame_ = bytes_.size();
    bytes_.append(sizeof(std::uint32_t), '\0');
    return {bytes_, fresh_};
}

bool SendBuffer::end() {
    const std::size_t length = bytes_.size() - frame_ - sizeof(std::uint32_t);
    if (length > longest_frame) {
        ::explicit_bzero(bytes_.data() + frame_, bytes_.size() - frame_);
        bytes_.resize(frame_);
        fresh_.clear();
        return false;
    }
    VERIFY(fresh_.size() <= most_descriptors);
    const auto octets = static_cast<std::uint32_t>(length);
    std::memcpy(bytes_.data() + frame_, &octets, sizeof octets);
    if (!fresh_.empty()) marks_.push_back({frame_, std::exchange(fresh_, {})});
    return true;
}

int SendBuffer::write_to(int socket) {
    while (unsent() > 0) {
        const bool with_descriptors = !marks_.empty() && marks_.front().at == sent_;
        const std::size_t next = with_descriptors ? 1 : 0;  // of the marks: the first this write must not reach
        const std::size_t until = next < marks_.size() ? marks_[next].at : bytes_.size();
        const std::string_view bytes(bytes_.data() + sent_, until - sent_);
        const ssize_t written = with_descriptors
                                    ? send_with(socket, bytes, marks_.front().descriptors)
                                    : ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (with_descriptors) marks_.pop_front();
        ::explicit_bzero(bytes_.data() + sent_, static_cast<std::size_t>(written));  // a password may be among it
        sent_ += static_cast<std::size_t>(written);
    }
    clear();
    return 0;
}

void SendBuffer::clear() {
    ::explicit_bzero(bytes_.data() + sent_, unsent());
    bytes_.clear();
    if (bytes_.capacity() > kept_capacity) bytes_.shrink_to_fit();
    marks_.clear();
    sent_ = 0;
}

/// Forgets what was sent once it is the larger part, so that a slow reader costs each octet one move at most.
void SendBuffer::compact() {
    if (sent_ < kept_capacity || sent_ < bytes_.size() / 2) return;
    drop_front(bytes_, sent_);
    for (auto& mark : marks_) mark.at -= sent_;
    sent_ = 0;
}

}  // namespace ipc
