#pragma once
// The list that `hermod sender` keeps, as it is at the moment: looked at whenever somebody asks, read anew where its
// file has changed.

#include <sys/stat.h>

#include <memory>

#include "file/descriptor.h"
#include "logs/log.h"
#include "senders/list.h"

namespace policyd {

class SenderList {
public:
    /// `directory`: where the file is, open.
    SenderList(file::Descriptor directory, logs::Log& log) : directory_(std::move(directory)), log_(log) {}

    /// One that cannot be read is told in the log, and the one before it stands.
    std::shared_ptr<const senders::List> current();

private:
    struct Mark {
        ino_t inode = 0;
        off_t size = 0;
        timespec changed{};
    };

    file::Descriptor directory_;
    logs::Log& log_;
    Mark known_;
    std::shared_ptr<const senders::List> list_ = std::make_shared<senders::List>();  // with those who judge by it
};

}  // namespace policyd
