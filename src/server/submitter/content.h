#pragma once
// The octets of one message on their way to qmgr: in memory while they are few, beyond spool::inline_body in a file
// that qmgr opened for us. The trace field stands in front. A message that is never handed over gives its file back.
//
//   Content content(queue, trace_of(received));
//   content.next() += octets;  co_await content.spill();  …
//   if (content.hand_over(submission)) co_await queue.submit(std::move(submission));

#include <cstdint>
#include <string>

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
    /// Octets or file; false: the last of it found no room.
    bool hand_over(qmgr::Submit& submission);

private:
    net::Task<void> open_file();
    void write_out();
    void give_back();

    Queue& queue_;
    std::string memory_;  // what is not yet in the file
    std::uint32_t id_at_;
    std::uint64_t written_ = 0;
    std::uint64_t blob_ = 0;  // qmgr's ticket; 0: none
    file::Descriptor file_;
    bool has_room_ = true;
};

}  // namespace submitter
