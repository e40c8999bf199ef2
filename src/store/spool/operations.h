#pragma once
// The operations of a transaction as octets: the `meta` part of a journal record. doc/format/journal.md.
//
// Pure. What is parsed points into the octets it was parsed from.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spool/octets.h"
#include "spool/spool.h"

namespace spool {

struct TaskRecord {
    Task task;  // without destination and diagnostic number, which mean nothing on disk
    std::string_view diagnostic;
};

/// A message and how far it is: new, or moved here from another segment. Reading one that is known already replaces it.
struct AcceptRecord {
    MessageId id = 0;
    std::uint64_t size = 0;
    std::int64_t arrived = 0;
    bool is_blob = false;
    bool is_bounce = false;
    std::uint32_t body_length = 0;  // of the body in this record; 0 for a blob
    std::uint32_t body_crc = 0;     // of all octets, of a blob too
    std::uint32_t recipients = 0;
    std::string_view envelope;  // for parse_envelope()
    std::vector<TaskRecord> tasks;
};

struct ProgressRecord {
    MessageId id = 0;
    std::uint32_t task = 0;
    std::uint64_t done = 0;
    std::uint16_t attempts = 0;
    std::int64_t due = 0;
    bool held = false;
    bool delay_noticed = false;
    bool awaits_release = false;
    std::string_view diagnostic;
};

using OperationRecord = std::variant<AcceptRecord, ProgressRecord, Remove>;

std::string encode_envelope(const Envelope& envelope);
std::optional<Envelope> parse_envelope(std::string_view octets);

void write(Writer& out, const AcceptRecord& accept);
void write(Writer& out, const ProgressRecord& progress);
void write(Writer& out, const Remove& remove);

/// nullopt: not what write() writes. Tasks cover the recipients without gaps, and wait for nobody outside of them.
std::optional<std::vector<OperationRecord>> parse_operations(std::string_view meta);

/// Records that must be ignored, because their group failed to sync and its senders were told so.
struct Abort {
    std::uint64_t segment = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t last_sequence = 0;
    bool operator==(const Abort&) const = default;
};
std::string encode(const Abort& abort);
std::optional<Abort> parse_abort(std::string_view meta);

/// The bits of a task's recipients.
constexpr std::uint64_t everybody(std::uint8_t count) {
    return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}
constexpr std::uint8_t most_recipients_of_a_task = 64;
constexpr std::size_t longest_diagnostic = 512;

}  // namespace spool
