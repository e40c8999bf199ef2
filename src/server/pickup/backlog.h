#pragma once
// The names waiting to be taken in, owner by owner in turn.
//
// Hostile: a user who leaves a million files delays nobody but themselves, and costs little memory: beyond a few
// thousand, their names are forgotten and found again by the next scan.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace pickup {

class Backlog {
public:
    struct Limits {
        std::size_t waiting_per_owner = 2000;
        std::size_t open_per_owner = 5;
        std::size_t open = 20;
    };
    struct Name {
        std::uint32_t owner = 0;
        std::string file;
    };

    explicit Backlog(Limits limits) : limits_(limits) {}

    bool knows(const std::string& file) const { return known_.contains(file); }
    /// False: not kept, the owner has enough waiting.
    bool add(std::uint32_t owner, std::string file);
    /// The next one to work on; its end is to be told by done().
    std::optional<Name> next();
    void done(const Name& name);
    /// Its end too; but its file cannot be removed, and is never to be taken again.
    void done_for_good(const Name& name);
    std::size_t open() const { return open_; }

private:
    struct Line {
        std::deque<std::string> waiting;
        std::size_t open = 0;
        std::size_t stuck = 0;  // known for good
    };
    void leave(const Name& name);
    void join_round(std::uint32_t owner, Line& line);

    Limits limits_;
    std::unordered_map<std::uint32_t, Line> lines_;
    std::deque<std::uint32_t> round_;  // owners with something waiting that may begin
    std::unordered_set<std::uint32_t> in_round_;
    std::unordered_set<std::string> known_;
    std::size_t open_ = 0;
};

}  // namespace pickup
