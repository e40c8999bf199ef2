#pragma once
// An event as a line for people: time, who writes, queue id, a sentence.
//
//   2026-01-02T03:04:05.678Z qmgr/0      0000000000R2G delivered to <ann@example.org> in Maildir

#include <string>
#include <string_view>

#include "logs/entry.h"
#include "logs/stamp.h"

namespace logs {

void append_text(std::string& out, const Entry& entry, std::string_view process, StampCache& stamp);

/// The sentence alone, as events.h words it, and key=value for what it does not name.
void append_sentence(std::string& out, const Entry& entry);

}  // namespace logs
