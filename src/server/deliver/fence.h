#pragma once
// The second fence, around a worker: beyond being its owner and nobody else, it reaches only that owner's home, or the
// mail directory, where it is at home, and makes no connections and no children.

#include "deliver/place.h"

namespace deliver {

void fence_worker(const Owner& owner, bool is_owner, int root, int mail_directory);

}  // namespace deliver
