#pragma once
// The fence around a worker: beyond being the owner and nobody else, it reaches the one Maildir. No connections, no
// children, no other file of the owner's.

namespace reader {

/// `maildir`: an open directory; -1: there is none, and nothing is reached.
void fence_worker(int maildir);

}  // namespace reader
