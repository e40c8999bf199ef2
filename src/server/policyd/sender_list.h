#pragma once
// The list that `hermod sender` keeps, as it is at the moment: looked at whenever somebody asks, read anew where its
// file has changed. What cannot be read is no empty list: those who are blocked would come in.

#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <optional>

#include "file/descriptor.h"
#include "logs/log.h"
#include "senders/list.h"

namespace policyd {

class SenderList {
public:
    /// `directory`: where the file is, open.
    SenderList(file::Descriptor directory, logs::Log& log) : directory_(std::move(directory)), log_(log) {}

    /// One that cannot be read is told in the log, and the one before it stands; nullptr: there was none before it.
    std::shared_ptr<const senders::List> current();

private:
    struct Mark {
        ino_t inode = 0;
        off_t size = 0;
        timespec changed{};
        bool operator==(const Mark& other) const;
    };
    static constexpr std::chrono::seconds between_tries{2};  // to read one that cannot be

    file::Descriptor directory_;
    logs::Log& log_;
    std::optional<Mark> known_;  // of the file that list_ was read from, or that cannot be read
    bool is_readable_ = true;
    std::chrono::steady_clock::time_point try_again_{};
    std::shared_ptr<const senders::List> list_;  // with those who judge by it
};

}  // namespace policyd
