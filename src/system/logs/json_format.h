#pragma once
// An event as one line of JSON: time, event, id, then the event's own keys, then which process wrote it.
//
//   {"time":"2026-01-02T03:04:05.678Z","event":"delivered","id":"0000000000R2G","to":"ann@example.org","process":"qmgr/0"}
//
// "severity" is there for warnings and alerts only. Values from outside are escaped twice: for a reader's eyes, as in
// all formats, and for JSON.

#include <string>
#include <string_view>

#include "logs/entry.h"
#include "logs/stamp.h"

namespace logs {

void append_json(std::string& out, const Entry& entry, std::string_view process, StampCache& stamp);

}  // namespace logs
