#pragma once
// A worker process: deliver's child that has become one owner of mailboxes, for as long as there is mail for them.
//
// It dies with its parent (owner/worker.h), so that no two workers ever serve one owner.

#include <chrono>
#include <expected>
#include <string>

#include "deliver/job.h"
#include "owner/worker.h"

namespace deliver {

/// What all workers are started with.
struct WorkerStart {
    int root = -1;
    int mail_directory = -1;
    bool becomes_owner = false;  // started by root; otherwise all workers stay who we are
    std::string hostname;
    std::string drop_directory = {};     // where forwards are left
    std::chrono::seconds patience{300};  // a batch that takes longer hangs: the worker ends itself
};

using owner::Started;

/// Forks. What cannot be done after the fork (the owner's limits are exhausted…) shows as a worker that ends at once.
std::expected<Started, std::string> start_worker(const Owner& owner, const WorkerStart& start);

}  // namespace deliver
