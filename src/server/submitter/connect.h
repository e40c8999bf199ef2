#pragma once
// A neighbour that master brings, at the start or in place of one that died: connected to where it belongs.

#include "process/process.h"
#include "submitter/directory.h"
#include "submitter/opinions.h"
#include "submitter/queue.h"

namespace submitter {

inline void connect(process::Peer peer, Directory& directory, Queue& queue, Opinions& opinions) {
    if (peer.role == process::Role::Directory) directory.connect(std::move(peer.socket));
    if (peer.role == process::Role::Qmgr) queue.connect(std::move(peer.socket));
    if (peer.role == process::Role::Policyd) opinions.connect(std::move(peer.socket));
}

}  // namespace submitter
