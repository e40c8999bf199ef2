#pragma once
// The names of a simulated disk: which file each path means now, and which of the changes would survive a power cut.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulated_disk/contents.h"

namespace simulated_disk {

struct Inode {
    bool is_directory = false;
    bool is_symlink = false;
    bool is_locked = false;
    int names = 0;  // as programs see it
    int opens = 0;
    Contents contents;
};
using InodePointer = std::shared_ptr<Inode>;  // owners: the names now, the names on disk, open files

/// What a power cut may do to changes of names that no sync_directory() covered.
enum class NameLoss {
    InOrder,    // a journaling filesystem: the changes up to some moment survive
    Arbitrary,  // each survives or not, whatever its neighbours do
};

class Names {
public:
    explicit Names(NameLoss loss) : loss_(loss) {}

    InodePointer find(const std::string& path) const;
    const std::map<std::string, InodePointer>& all() const { return now_; }

    struct Meaning {
        std::string path;
        InodePointer inode;  // null: no longer there
    };
    /// One atomic change: a rename is {from, null}, {to, inode}.
    void change(std::vector<Meaning> meanings);
    void sync_directory(std::string_view directory);
    void fail_sync_directory(std::string_view directory, Dice& dice);
    void lose_power(Dice& dice);
    /// Everything as it is now counts as durable.
    void settle();

private:
    using Change = std::vector<Meaning>;
    static void apply(const Change& change, std::map<std::string, InodePointer>& names);
    bool is_covered(std::size_t change, std::string_view directory) const;

    NameLoss loss_;
    std::map<std::string, InodePointer> now_;
    std::map<std::string, InodePointer> durable_;
    std::vector<Change> unsynced_;
};

std::string_view parent_of(std::string_view path);  // "." where the path has one component

}  // namespace simulated_disk
