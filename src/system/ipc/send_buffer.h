#pragma once
// Frames on their way out: their octets in one run, and which of them carry descriptors.
//
// A frame's descriptors leave with its first octet, so one write never reaches into a frame with descriptors that it
// does not begin with.

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "file/descriptor.h"
#include "ipc/codec.h"

namespace ipc {

constexpr std::size_t kept_capacity = 256 * 1024;  // a buffer larger than this is given back as soon as it is empty
constexpr std::size_t most_descriptors = 253;      // in one message: SCM_MAX_FD of Linux

class SendBuffer {
public:
    /// Where the next message is to be encoded; end() closes its frame. False: it is too long, and is taken back.
    Encoded begin();
    bool end();

    std::size_t unsent() const { return bytes_.size() - sent_; }
    /// What it costs us that the peer has not read yet: octets, and descriptors, each as many octets.
    std::size_t burden() const { return unsent() + marks_.size() * burden_of_descriptor; }
    /// As much as the socket takes. 0: everything left; otherwise errno of the write that did not work.
    int write_to(int socket);
    void clear();

private:
    static constexpr std::size_t burden_of_descriptor = 16 * 1024;

    struct Mark {
        std::size_t at;  // where the frame begins
        std::vector<file::Descriptor> descriptors;
    };
    void compact();

    std::string bytes_;
    std::size_t sent_ = 0;
    std::size_t frame_ = 0;  // begin of the frame being encoded
    std::vector<file::Descriptor> fresh_;
    std::deque<Mark> marks_;
};

}  // namespace ipc
