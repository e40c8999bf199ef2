#pragma once
// The drop directory as pickup, its owner, sees it: what lies there, and getting rid of it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "file/descriptor.h"

namespace pickup {

class DropFolder {
public:
    /// Where inotify tells of new names; made before the fences rise, as watching needs a path.
    static file::Descriptor watch(const std::string& path);

    explicit DropFolder(file::Descriptor directory) : directory_(std::move(directory)) {}

    int descriptor() const { return directory_.get(); }
    /// Finished names, in no order, until `visit` says false. Old unfinished ones are removed on the way.
    void scan(std::int64_t now_seconds, const std::function<bool(const std::string& name)>& visit);

    /// False: it is still there.
    bool remove(const std::string& name);
    /// Into refused/, over nothing that lies there already: either may be the last copy of somebody's message. Where it
    /// went, for the log; nullopt: it stays where it is.
    std::optional<std::string> set_aside(const std::string& name);
    /// The removals so far survive a crash; one that does not costs a repetition of the message.
    void sync();

private:
    void remove_if_stale(const std::string& name, std::int64_t now_seconds);

    file::Descriptor directory_;
};

/// The names in what was read from the watch.
void for_each_name(std::string_view events, const std::function<void(std::string name)>& visit);

}  // namespace pickup
