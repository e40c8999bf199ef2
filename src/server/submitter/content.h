#pragma once
// The octets of one message on their way to qmgr: in memory while they are few, beyond spool::inline_body in a file
// that qmgr opened for us. The trace field stands in front. A message that is never handed over gives its file back.
//
//   Content content(queue, trace_of(received));
//   content.next() += octets;  co_await content.spill();  …
//   co_await content.put_in_front("Authentication-Results: …\r\n");
//   if (content.hand_over(submission)) co_await queue.submit(std::move(submission));

#include <cstdint>
#include <string>
#include <string_view>

#include "file/descriptor.h"
#include "submitter/queue.h"
#include "submitter/trace.h"

namespace submitter {

class Content {
public:
    Content(Queue& queue, Trace trace);
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    ~Content() { give_back(); }

    /// What comes next is appended here.
    std::string& next() { return memory_; }
    /// Moves what has gathered in memory to the file, where it is too much for memory.
    net::Task<void> spill();

    /// Without room it takes octets all the same, and keeps none: 452 4.3.1.
    bool has_room() const { return has_room_; }
    std::uint64_t size() const { return written_ + memory_.size(); }

    /// All of it as it is now, for those who are to look at it before it is handed over: the file, open for reading, or
    /// no file and the octets. Nothing may be added behind it any more.
    struct View {
        std::string_view octets;
        int file = -1;
    };
    View view();

    /// Header fields for the top, known only once all of the message has been seen. A message in a file is written once
    /// more, into another: what is in front of a file cannot grow.
    net::Task<void> put_in_front(std::string_view fields);

    /// Octets or file; false: the last of it found no room.
    bool hand_over(qmgr::Submit& submission);

private:
    net::Task<void> move_behind(std::string_view fields);
    void write_out();
    bool write(std::string_view octets);
    void give_back();

    Queue& queue_;
    std::string memory_;  // what is not yet in the file
    std::uint32_t id_at_;
    std::uint64_t written_ = 0;
    smtpd::BlobOpened blob_;  // qmgr's ticket; 0: none
    bool has_room_ = true;
};

}  // namespace submitter
