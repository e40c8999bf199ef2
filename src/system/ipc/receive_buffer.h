#pragma once
// Frames on their way in: one contiguous buffer, from which whole frames are handed out where they lie.
//
// Hostile: the buffer grows with what has arrived, never with what a length field announces, and a frame that announces
// more than the longest allowed ends the conversation.

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "file/descriptor.h"
#include "ipc/frame.h"

namespace ipc {

class ReceiveBuffer {
public:
    explicit ReceiveBuffer(std::size_t longest = longest_frame) : longest_(longest) {}

    enum class Got {
        Full,     // as much as there was room for: there may be more
        Part,     // less than that
        Nothing,  // it would block
        End,      // the peer closed
        Failed,   // errno says why; EMSGSIZE: descriptors were lost because this process may have no more
    };
    /// One recvmsg, without waiting.
    Got receive(int socket);

    /// The next whole frame, without its length; valid until the next call, or receive(). The one before is
    /// overwritten: it may have had a password in it.
    std::optional<std::string_view> next();
    /// What has come can never become a frame: too long, or descriptors that belong to none.
    bool is_malformed() const;
    bool is_empty() const { return begin_ == end_; }

    /// Received and not yet taken by a decoder.
    std::deque<file::Descriptor>& descriptors() { return descriptors_; }

private:
    std::size_t announced() const;
    void make_room();
    void wipe_taken();

    std::size_t longest_;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t wiped_ = 0;  // before this, nothing is left of what was taken
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::deque<file::Descriptor> descriptors_;
};

}  // namespace ipc
