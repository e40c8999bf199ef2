#pragma once
// What a message's octets may look like, whatever way they come: limits, NUL, line ends. RFC 5321 §2.3.8, §4.5.3.1.6,
// RFC 5322 §2.1.1, RFC 3030 §2.
//
// ContentCheck watches a message go by, in pieces of any size, and remembers the first thing wrong with it. It also
// finds out what the next hop will have to offer: 8-bit octets, in the header too, and the longest line. Constant
// memory. DataDecoder (smtp/data.h) and ChunkReader stand on it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smtp/limits.h"
#include "smtp/reply.h"

namespace smtp {

struct ContentLimits {
    std::uint64_t size = default_message_size;
    std::size_t header = largest_header;
    std::size_t header_fields = most_header_fields;
    std::size_t line = longest_taken_line;  // without CRLF
};

enum class ContentFault : std::uint8_t {
    BareLineFeed,    // 550 5.5.2. Hostile: LF without CR is how a second message is smuggled inside the first
    BareReturn,      // 550 5.5.2
    Nul,             // 550 5.6.0
    LineTooLong,     // 554 5.6.0
    HeaderTooLarge,  // 552 5.3.4
    TooManyFields,   // 554 5.6.0
    TooLarge,        // 552 5.3.4
};
Reply refusal(ContentFault fault);

class ContentCheck {
public:
    explicit ContentCheck(const ContentLimits& limits = {}) : limits_(limits) {}

    /// A part of one line; `ends_line`: it finishes with CRLF (or what stands for it), which is included.
    void add(std::string_view part, bool ends_line);
    void note(ContentFault fault) { fault_ = fault_ ? fault_ : fault; }

    std::optional<ContentFault> fault() const { return fault_; }
    std::uint64_t size() const { return size_; }
    std::size_t longest_line() const { return longest_line_; }
    bool has_8bit() const { return has_8bit_; }
    bool has_8bit_header() const { return has_8bit_header_; }

private:
    void add_to_header(std::string_view part, bool ends_line);

    ContentLimits limits_;
    std::optional<ContentFault> fault_;
    std::uint64_t size_ = 0;
    std::size_t line_ = 0;  // octets of the line under way
    std::size_t longest_line_ = 0;
    std::size_t header_size_ = 0;
    std::size_t fields_ = 0;
    bool in_header_ = true;
    bool has_colon_ = false;  // the header line under way
    bool is_continuation_ = false;
    bool has_8bit_ = false;
    bool has_8bit_header_ = false;
};

/// BINARYMIME (RFC 3030 §3) allows any octet; only sizes count then.
enum class ChunkContent : std::uint8_t { Text, Binary };

/// A message that comes by BDAT: taken as it is, as dots mean nothing there (RFC 3030 §2).
class ChunkReader {
public:
    explicit ChunkReader(const ContentLimits& limits = {}, ChunkContent content = ChunkContent::Text);

    /// Takes octets of a chunk, in any split, and appends them to the message unless it is already refused.
    void take(std::string_view octets, std::string& message);
    /// After the last chunk. In the wild: a text without a line end at its end gets one, as DATA would give it.
    void finish(std::string& message);

    const ContentCheck& content() const { return check_; }

private:
    void take_part(std::string_view part, bool ends_line);
    void check_line_end(std::string_view part, bool ends_line);

    ContentCheck check_;
    ChunkContent content_;
    bool after_cr_ = false;
    bool at_line_start_ = true;
};

}  // namespace smtp
