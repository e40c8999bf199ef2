#pragma once
// The form in which messages lie in mailboxes: lines end in LF, as every program that reads Maildir and mbox expects,
// although they travel with CRLF (RFC 5322 §2.1); and in an mbox no line of a message may look like the "From " line
// that begins the next one.
//
// Both are streams: pieces of any size, constant memory.

#include <cstdint>
#include <string>
#include <string_view>

#include "mailbox/content.h"

namespace mailbox {

/// CRLF becomes LF. A CR or LF alone stays what it is.
class StoredLines {
public:
    void convert(std::string_view piece, std::string& out);
    /// At the end: a last line without line end gets one.
    void finish(std::string& out);

private:
    bool after_cr_ = false;
    bool line_open_ = false;
};

/// mboxrd: lines of any number of ">" and "From " get one more ">", so that it can be undone without loss.
class FromQuoting {
public:
    void quote(std::string_view piece, std::string& out);
    void finish(std::string& out);

private:
    void decide(char c, std::string& out);
    void release(std::string& out);

    bool at_start_ = true;     // of a line, or in what may still become a From line
    std::size_t arrows_ = 0;   // ">" held back
    std::size_t matched_ = 0;  // of "From ", held back
};

enum class Quoting : std::uint8_t { None, Mboxrd };

/// Writes the mail's own fields and its content from `offset` on; returns how many octets that were.
file::Result<std::uint64_t> write_stored(file::OpenFile& file, std::uint64_t offset, const Mail& mail, Quoting quoting);

}  // namespace mailbox
