#pragma once
// One place lines go to: a file, a pipe, a terminal or the journal's socket; and what waits to be written there.
//
// Writing never waits. What the other side does not take now stays in a bounded buffer, and lines that find it full are
// dropped and counted.

#include <cstddef>
#include <cstdint>
#include <string>

#include "file/descriptor.h"

namespace logs {

class Output {
public:
    static constexpr std::size_t flush_at = 64 * 1024;     // octets that are not kept for the end of the turn
    static constexpr std::size_t most_kept = 1024 * 1024;  // while nobody takes them

    explicit Output(file::Descriptor descriptor);

    bool is_open() const { return bool(descriptor_); }
    /// To append a line to; then end_line().
    std::string& line();
    void end_line();

    void flush();
    void replace(file::Descriptor descriptor);
    bool is_empty() const { return buffer_.empty(); }

    /// Lines lost since last asked, and since the start.
    std::uint64_t take_dropped();
    std::uint64_t dropped_in_all() const { return dropped_in_all_; }

private:
    enum class Kind : std::uint8_t { File, Pipe, Socket };

    std::size_t write_some(const char* octets, std::size_t length);

    file::Descriptor descriptor_;
    Kind kind_ = Kind::File;
    std::string buffer_;
    std::size_t line_start_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t dropped_in_all_ = 0;
};

}  // namespace logs
