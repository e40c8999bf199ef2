#pragma once
// A worker: reader's child that has become the owner of one mailbox, for one session. It holds the maildrop open and
// locked, and answers pop3d over a socket of their own. When pop3d closes it, nothing was deleted, and the lock is
// free.

#include <chrono>
#include <expected>
#include <string>

#include "owner/place.h"
#include "owner/worker.h"

namespace reader {

/// What all workers are started with.
struct WorkerStart {
    int root = -1;
    int mail_directory = -1;
    bool becomes_owner = false;          // started by root; otherwise all workers stay who we are
    std::chrono::seconds patience{300};  // an answer that takes longer will never come: the worker ends itself
};

/// Its end of the socket is for pop3d.
std::expected<owner::Started, std::string> start_worker(const owner::Place& place, const WorkerStart& start);

}  // namespace reader
