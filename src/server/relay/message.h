#pragma once
// The octets of a message on their way out: from memory, or from the spool's file a piece at a time, never whole.
//
// Line ends are made CRLF while reading, whatever was stored: an LF alone becomes CRLF, a CR alone a blank, as
// DotStuffer would do (RFC 5321 §2.3.8). So BDAT, which sends octets as they are, cannot carry a line end that some
// server takes for something else. Only BINARYMIME (RFC 3030 §3) is left untouched.

#include <cstdint>
#include <string>
#include <string_view>

#include "file/descriptor.h"
#include "smtp/content.h"
#include "smtp/envelope.h"

namespace relay {

constexpr std::size_t piece_size = 64 * 1024;

/// Makes every line end CRLF, over pieces of any size.
class LineEnds {
public:
    void append(std::string_view piece, std::string& out);
    void finish(std::string& out);

private:
    bool after_cr_ = false;  // held back
};

/// What the next hop must be able to take.
struct MessageFacts {
    std::uint64_t size = 0;  // as it will be sent, without dots
    std::size_t longest_line = 0;
    bool has_8bit = false;
    bool has_8bit_header = false;

    bool operator==(const MessageFacts&) const = default;
};

class Message {
public:
    Message(std::string octets, file::Descriptor blob, std::uint64_t size, smtp::BodyType body);

    /// Looks through all of it. False: it cannot be read.
    bool inspect();
    const MessageFacts& facts() const { return facts_; }
    bool is_inline() const { return !blob_; }
    /// Inline only, after inspect().
    const std::string& octets() const { return octets_; }

    /// Reading from the start, a piece at a time, into `piece`; false at the end or when reading failed.
    class Reader {
    public:
        explicit Reader(const Message& message) : message_(message) {}
        bool next(std::string& piece);
        bool has_failed() const { return has_failed_; }

    private:
        bool read(std::string& raw);

        const Message& message_;
        LineEnds line_ends_;
        std::string raw_;
        std::uint64_t offset_ = 0;
        bool has_failed_ = false;
    };

private:
    void inspect_inline();
    bool inspect_blob();

    std::string octets_;
    file::Descriptor blob_;
    std::uint64_t size_;
    bool is_binary_;
    bool needs_line_ends_ = false;
    MessageFacts facts_;
};

}  // namespace relay
