#pragma once
// A Maildir as a maildrop: the messages that were there when a POP3 session began, numbered from 1, with one session at
// a time. RFC 1939 §3, §5, §6, §8.
//
// It reads what qmail, Postfix, Dovecot and others have written, new/ and cur/ alike, and changes nothing but by
// update(): no message is moved, no flag set. What arrives meanwhile is for the next session. Other readers may move
// messages and delete them under us: a message is found again by its stem (unique_id.h), or is gone.
//
// Hostile: the Maildir is its owner's, and so is this process: what is no regular file is passed over, and nothing is
// followed. Blocks.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/disk.h"
#include "maildrop/size_table.h"
#include "pop3/reach.h"

namespace maildrop {

using pop3::Reach;

struct Count {
    std::uint32_t messages = 0;
    std::uint64_t octets = 0;
};

struct Updated {
    std::uint32_t deleted = 0;
    std::uint32_t left = 0;       // marked, but they could not be deleted, or not for good
    std::uint32_t remaining = 0;  // of those that were there when the session began
    std::string trouble{};        // for the log: the first failure
};

class Maildrop {
public:
    enum class Failure : std::uint8_t { InUse, Disk };
    struct Obstacle {
        Failure failure = Failure::Disk;
        file::Error error;
    };

    /// `disk` is the Maildir, and outlives this. The lock goes with this, or with the process.
    static std::expected<Maildrop, Obstacle> open(file::Disk& disk);

    std::uint32_t size() const { return static_cast<std::uint32_t>(messages_.size()); }
    /// What is not marked. Reads each message whose size nobody knows, and remembers what it has found each time that
    /// it has read so many: or a session that is cut off meanwhile, by a client that will not wait, would read all of
    /// them again the next time, and never come to the end.
    Count count(std::size_t saved_after = 50'000);

    // By number, from 1.
    Reach reach(std::uint32_t number) const;
    std::string unique_id(std::uint32_t number) const;
    /// On the wire. Of one that cannot be read: 0.
    std::uint64_t octets(std::uint32_t number);
    std::expected<std::unique_ptr<file::OpenFile>, Reach> fetch(std::uint32_t number);
    /// Here: it will be deleted at update().
    Reach mark(std::uint32_t number);
    void unmark_all();

    /// Deletes what is marked, and is durable then. What is not there any more counts as deleted. Whatever the outcome,
    /// the session is over.
    Updated update();
    /// Remembers what was counted.
    void save_sizes();

private:
    enum class Place : std::uint8_t { New, Cur };
    struct Message {
        std::string name;
        std::uint64_t octets = unknown;
        Place place = Place::New;
        std::uint8_t stem_length = 0;  // no file's name is longer
        bool is_marked = false;
        bool is_gone = false;
        std::uint8_t misses = 0;  // looks in a row that did not find it

        std::string_view stem() const { return std::string_view(name).substr(0, stem_length); }
    };
    static constexpr std::uint64_t unknown = ~std::uint64_t{0};

    Maildrop(file::Disk& disk, std::unique_ptr<file::OpenFile> lock) : disk_(&disk), lock_(std::move(lock)) {}

    file::Result<void> read();
    void sort();
    file::Result<std::vector<Message>> list() const;
    file::Result<void> find_again();
    bool shares_stem(std::size_t at) const;
    void load_sizes();
    std::uint64_t measure(Message& message);
    template <typename Call>
    auto on_file(Message& message, Call call) -> decltype(call(std::string()));
    void sync(bool deleted[2], Updated& updated);
    std::int64_t stored_octets(const Message& message) const;
    std::string path(const Message& message) const;

    file::Disk* disk_;
    std::unique_ptr<file::OpenFile> lock_;
    std::vector<Message> messages_;
    std::optional<SizeTable> sizes_;  // as they were remembered; read when they are first needed
    std::size_t new_sizes_ = 0;       // not saved yet
};

}  // namespace maildrop
