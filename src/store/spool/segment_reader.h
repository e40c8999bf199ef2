#pragma once
// Reading messages back from segments. A few segments are kept open.

#include <list>
#include <map>
#include <memory>

#include "file/disk.h"
#include "spool/index.h"
#include "spool/segment.h"

namespace spool {

/// A message out of its record.
struct StoredMessage {
    std::shared_ptr<const std::string> front;  // header and operations, which `accept` points into
    AcceptRecord accept;
    std::string body;
};
/// Reads no more of the record than concerns the message: a start puts a thousand into one. EBADMSG: what was read does
/// not match its checksums, or has no such message.
file::Result<StoredMessage> read_message(const file::OpenFile& segment, const Place& place, const Location& where,
                                         MessageId id);

class SegmentReader {
public:
    explicit SegmentReader(file::Disk& disk) : disk_(disk) {}

    void add(std::uint64_t segment, std::uint32_t generation) { generations_[segment] = generation; }
    void forget(std::uint64_t segment);
    bool knows(std::uint64_t segment) const { return generations_.contains(segment); }
    const std::map<std::uint64_t, std::uint32_t>& generations() const { return generations_; }

    Place place(const Location& where) const;
    /// The first `length` octets of a record.
    file::Result<std::string> read(const Location& where, std::size_t length);
    file::Result<StoredMessage> read_message(const Location& where, MessageId id);

private:
    struct Open {
        std::uint64_t segment;
        std::unique_ptr<file::OpenFile> file;
    };
    static constexpr std::size_t most_open = 16;
    file::Result<file::OpenFile*> open(std::uint64_t segment);

    file::Disk& disk_;
    std::map<std::uint64_t, std::uint32_t> generations_;
    std::list<Open> open_;  // the one used last in front
};

/// From header and operations alone.
std::optional<Envelope> find_envelope(std::string_view front, const Place& place, MessageId id);

}  // namespace spool
