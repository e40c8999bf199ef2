#pragma once
// The second fence, around a worker: beyond being its owner and nobody else, it reaches only that owner's home, or the
// mail directory, where it is at home; a user's also the drop directory, for what he forwards. It makes no connections
// and no children.

#include "deliver/worker.h"

namespace deliver {

void fence_worker(const Owner& owner, const WorkerStart& start, int root, int mail_directory);

}  // namespace deliver
