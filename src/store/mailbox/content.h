#pragma once
// A message on its way into a mailbox: whose it is, what it is called, and where its octets come from.
//
// The octets are read piece by piece, so that a large message needs no more memory than a small one.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <utility>

#include "file/descriptor.h"
#include "file/disk.h"

namespace mailbox {

/// Up to `length` octets from `offset`; fewer only at the end.
using Content = std::function<file::Result<std::string>(std::uint64_t offset, std::size_t length)>;

Content content_of(std::string octets);
/// Reads with pread: the descriptor may be shared with other processes, its position is nobody's.
Content content_of(file::Descriptor blob);

struct Mail {
    // The three that make the file's name, so that the same delivery tried twice has the same name.
    std::string queue_id;
    std::uint32_t recipient = 0;
    std::int64_t arrived = 0;  // milliseconds since 1970

    std::string reverse_path;  // empty: the null reverse-path
    std::string fields;        // to stand on top: Return-Path, Delivered-To; lines end in CRLF
    Content content;
    std::uint64_t size = 0;  // of the content
    /// An attempt before this one may have got as far as the mailbox without anybody hearing of it.
    bool may_be_here = false;
};

struct Failure {
    enum class Code : std::uint8_t {
        Disk,       // some call failed
        Full,       // no space, or over the filesystem's quota
        OverQuota,  // over the mailbox's own quota
        Locked,     // mbox: another program holds the lock
        Unsafe,     // not ours, open to others, or not what it should be: somebody is playing tricks
    };
    Code code = Code::Disk;
    file::Error error;

    Failure(Code code_, file::Error error_) : code(code_), error(std::move(error_)) {}
    Failure(file::Error error_)
        : code(error_.is_full() ? Code::Full : Code::Disk), error(std::move(error_)) {}  // for TRY
    bool operator==(const Failure&) const = default;
};
/// A sentence for the log.
std::string to_text(const Failure& failure);

using Outcome = std::expected<void, Failure>;

}  // namespace mailbox
