#pragma once
// The octets of a message that is looked at before it is taken: in memory while they are few, else in a file that the
// spool has opened for smtpd.
//
//   const Content content(std::move(octets), std::move(blob), size);
//   if (!co_await content.read([&](std::string_view piece) { verifier.add(piece); })) …  // temporary trouble
//
// It may be read as often as one likes; of a file no more than a piece is in memory. Others have their turn between two
// pieces, so that no message keeps those behind it waiting.
// Hostile: the file is smtpd's, too, and may be cut short or changed while it is read.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "file/descriptor.h"
#include "net/stream.h"

namespace policyd {

class Content {
public:
    /// `size`: of the whole message, wherever it is.
    Content(std::string octets, file::Descriptor blob, std::uint64_t size)
        : octets_(std::move(octets)), blob_(std::move(blob)), size_(size) {}

    /// Hands out the message from its beginning, `size()` octets. False: it is not what was announced, or cannot be
    /// read at the moment; what was handed out means nothing then.
    net::Task<bool> read(std::function<void(std::string_view piece)> take) const;

    /// For those who go at their own pace: some octets from `at` on, which is before the end. False: as above.
    bool read_at(std::uint64_t at, std::string& piece) const;

    std::uint64_t size() const { return size_; }
    std::size_t octets_in_memory() const { return octets_.size(); }

private:
    net::Task<bool> read_file(const std::function<void(std::string_view piece)>& take) const;

    std::string octets_;
    file::Descriptor blob_;
    std::uint64_t size_;
};

}  // namespace policyd
