#pragma once
// Reading messages back from segments. A few segments are kept open.

#include <list>
#include <map>
#include <memory>

#include "file/disk.h"
#include "spool/index.h"
#include "spool/segment.h"

namespace spool {

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

private:
    struct Open {
        std::uint64_t segment;
        std::unique_ptr<file::OpenFile> file;
    };
    static constexpr std::size_t most_open = 16;

    file::Disk& disk_;
    std::map<std::uint64_t, std::uint32_t> generations_;
    std::list<Open> open_;  // the one used last in front
};

/// A message in a record that was checked.
struct StoredMessage {
    AcceptRecord accept;
    std::string_view body;
};
/// nullopt: the record is damaged, or has no such message.
std::optional<StoredMessage> find_message(std::string_view record, const Place& place, MessageId id);
/// From header and operations alone.
std::optional<Envelope> find_envelope(std::string_view front, const Place& place, MessageId id);

}  // namespace spool
