#include "ipc/receive_buffer.h"

#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "ipc/receipt.h"
#include "ipc/send_buffer.h"

namespace ipc {

namespace {

constexpr std::size_t first_capacity = 64 * 1024;
constexpr std::size_t length_octets = sizeof(std::uint32_t);

}  // namespace

ReceiveBuffer::Got ReceiveBuffer::receive(int socket) {
    make_room();
    auto receipt = ipc::receive(socket, {bytes_.get() + end_, capacity_ - end_}, MSG_DONTWAIT);
    if (receipt.octets < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Got::Nothing : Got::Failed;
    std::ranges::move(receipt.descriptors, std::back_inserter(descriptors_));
    if (receipt.is_cut) {
        errno = EMSGSIZE;
        return Got::Failed;
    }
    if (receipt.octets == 0) return Got::End;
    end_ += static_cast<std::size_t>(receipt.octets);
    return end_ == capacity_ ? Got::Full : Got::Part;
}

std::optional<std::string_view> ReceiveBuffer::next() {
    wipe_taken();
    const std::size_t have = end_ - begin_;
    if (have < length_octets) return std::nullopt;
    const std::size_t length = announced();
    if (length > longest_ || have - length_octets < length) return std::nullopt;
    const std::string_view frame(bytes_.get() + begin_ + length_octets, length);
    begin_ += length_octets + length;
    return frame;
}

bool ReceiveBuffer::is_malformed() const {
    if (end_ - begin_ >= length_octets && announced() > longest_) return true;
    return is_empty() ? !descriptors_.empty() : descriptors_.size() > most_descriptors;
}

std::size_t ReceiveBuffer::announced() const {
    std::uint32_t length;
    std::memcpy(&length, bytes_.get() + begin_, sizeof length);
    return length;
}

void ReceiveBuffer::wipe_taken() {
    if (bytes_) ::explicit_bzero(bytes_.get() + wiped_, begin_ - wiped_);
    wiped_ = begin_;
}

void ReceiveBuffer::make_room() {
    wipe_taken();
    if (is_empty()) {
        wiped_ = begin_ = end_ = 0;
        if (capacity_ > kept_capacity) capacity_ = 0;
    }
    if (capacity_ - end_ >= first_capacity / 2) return;
    const std::size_t used = end_ - begin_;
    if (used <= capacity_ / 2 && capacity_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, used);
        ::explicit_bzero(bytes_.get() + used, end_ - used);
    } else {
        const std::size_t larger = std::max(first_capacity, capacity_ * 2);
        auto bytes = std::make_unique_for_overwrite<char[]>(larger);
        if (used > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, used);
        bytes_ = std::move(bytes);
        capacity_ = larger;
    }
    wiped_ = begin_ = 0;
    end_ = used;
}

}  // namespace ipc
