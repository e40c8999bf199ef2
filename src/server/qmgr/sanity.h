#pragma once
// What may be taken over from another process. Hostile: one that somebody broke into may send what no parser let
// through; relay would write it into a command, and what is kept here is sent on in every attempt.

#include <vector>

#include "spool/spool.h"

namespace qmgr {

bool is_sane(const spool::Envelope& envelope);
bool is_sane(const std::vector<spool::Recipient>& recipients);

}  // namespace qmgr
