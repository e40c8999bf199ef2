#pragma once
// Delivery into an mbox: one file, messages one after another, each begun by a "From " line. mboxrd quoting.
//
// Unlike a Maildir it must be locked, cannot tell a repetition (a crash at the wrong moment can deliver twice), and
// grows without bounds; it is here for those whose mail reader knows nothing else. On an error the file is cut back to
// what it was, so that no half message stays.

#include <chrono>
#include <string>

#include "file/disk.h"
#include "mailbox/content.h"

namespace mailbox {

/// What other programs on this machine expect. All at once by default, in this order: dotlock, fcntl, flock; that is
/// what Debian's policy asks for, and harmless where unneeded.
struct Locks {
    bool dot = true;    // a file beside it, ".lock" appended
    bool fcntl = true;  // an open file description lock: meets classic fcntl locks, also over NFS
    bool flock = true;
    std::chrono::milliseconds patience{20'000};
};

class Mbox {
public:
    Mbox(file::Disk& disk, std::string path, Locks locks) : disk_(disk), path_(std::move(path)), locks_(locks) {}

    /// Success is durable.
    Outcome deliver(const Mail& mail, std::int64_t now_seconds);

private:
    file::Result<std::unique_ptr<file::OpenFile>> open_or_make();
    Outcome append(file::OpenFile& file, const Mail& mail, std::int64_t now_seconds);

    file::Disk& disk_;
    std::string path_;
    Locks locks_;
};

/// "From sender Thu Nov 24 18:22:48 1986", time in UTC; MAILER-DAEMON for the null reverse-path, blanks as "-".
std::string from_line(std::string_view reverse_path, std::int64_t unix_seconds);

}  // namespace mailbox
