#pragma once
// Messages out of files, mboxes and Maildirs, for who must not be who may read them.
//
// Hostile: folders and messages are their owners', and strangers wrote what is in them. A child that stays who the
// command was started by opens and divides files, and does nothing else with them; the command itself becomes the owner
// of the server's folder, and reads messages out of a pipe. In Maildirs no link is followed.

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "file/descriptor.h"

namespace training {

struct Message {
    std::string name;    // of its file, with "#2" where it is the second in it
    std::string octets;  // the first bayes::longest_looked_at
    std::string error;   // rather: why there is none
};

class Messages {
public:
    /// "-": standard input, one message. A folder with "cur" or "new" is a Maildir, another one holds files; a file
    /// that begins with "From " is an mbox, another one a message.
    static std::expected<Messages, std::string> of(const std::vector<std::string>& paths);
    Messages(Messages&& other) noexcept : pipe_(std::move(other.pipe_)), child_(std::exchange(other.child_, -1)) {}
    Messages& operator=(Messages&&) = delete;
    ~Messages();

    /// One after another; nothing: that were all.
    std::optional<Message> next();

private:
    Messages(file::Descriptor pipe, pid_t child) : pipe_(std::move(pipe)), child_(child) {}
    std::optional<std::string> take(std::size_t most);

    file::Descriptor pipe_;
    pid_t child_;
};

}  // namespace training
