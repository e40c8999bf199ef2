#pragma once
// What servers answer, read as a client. RFC 5321 §4.2, §4.2.1 (several lines), RFC 2034 §4 (enhanced codes).
//
// Hostile: a server may send a megabyte, no line end, "2x0", a different code in each line, or nothing that is a reply.
// Whatever is not a reply becomes a temporary failure of this attempt, so nothing is bounced because a server is
// broken.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/reply.h"

namespace smtp {

class ReplyReader {
public:
    enum class State : std::uint8_t {
        NeedMore,
        Complete,  // take reply()
        Broken,    // not SMTP, or too much: give up the connection; reply() says so as a 4yz of ours
    };

    /// Takes octets up to the end of one reply; returns how many. What follows belongs to the next reply.
    std::size_t read(std::string_view octets);
    State state() const { return state_; }
    bool is_complete() const { return state_ == State::Complete; }
    bool is_broken() const { return state_ == State::Broken; }

    /// The reply, leaving the reader ready for the next one (unless it is broken).
    Reply take();

private:
    void end_line();
    void fail(std::string_view why);

    State state_ = State::NeedMore;
    std::string line_;
    Reply reply_;
    std::size_t size_ = 0;
    bool is_first_ = true;
};

/// One reply in whole lines; for tests and records.
Reply parse_reply(std::string_view octets);

}  // namespace smtp
