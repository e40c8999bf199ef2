#pragma once
// A message on to the addresses that its recipient's instructions name: one file in the drop directory, or one for each
// address where each has its own reverse-path (VERP). pickup takes it from there as any other message of that user.
//
// It is on disk before the delivery is reported. A crash between the two may repeat it, and never loses it.

#include <string>

#include "deliver/job.h"
#include "deliver/obstacle.h"

namespace deliver {

/// What stands in a drop file before the message itself: the envelope, and our Delivered-To field.
std::string head_of_forward(const Job& job, const std::string& sender, const std::vector<std::string>& recipients);

/// The job's `forwards`, from its reverse-path.
Way<void> forward(const Job& job, const std::string& drop_directory);

}  // namespace deliver
