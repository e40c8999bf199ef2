#pragma once
// The file in which it stands whom somebody's vacation notice was sent to: in his home, as his own.
//
// Hostile: homes are their owners', and others may have got at them. No link is followed, nothing but a regular file of
// ours with one name is read or written, and it is never long. Several deliveries at a time are told apart by a lock.
// A sender is noted, and the note on disk, before he is answered: after a crash an answer may be missing, and none is
// sent twice.

#include <cstdint>
#include <string>
#include <string_view>

#include "file/disk.h"

namespace answered {

enum class Verdict : std::uint8_t { Answer, NotAgain };

/// Whether the sender is to be answered now, and notes that. `directory` is open and the caller's own; the error says
/// why nobody can be answered.
file::Result<Verdict> note(int directory, const std::string& name, std::string_view reverse_path, std::int64_t now,
                           std::int64_t period);

/// Forgets everybody. No such file is as good.
file::Result<void> forget_all(int directory, const std::string& name);

/// In place of the one that is there, for the caller alone to read.
file::Result<void> write_notice(int directory, const std::string& name, std::string_view text);

/// A text of at most `most` octets, from a regular file of the caller's or root's.
file::Result<std::string> read_notice(int directory, const std::string& name, std::size_t most);

}  // namespace answered
