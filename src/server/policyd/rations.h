#pragma once
// How often something is done for one name within an hour. Hostile: names are strangers'; there are at most so many,
// and when all places are taken nothing is done for new ones.

#include <cstdint>
#include <string>
#include <unordered_map>

namespace policyd {

class Rations {
public:
    static constexpr std::size_t most_names = 10'000;

    /// True, and counted; or there is nothing left. `now`: in seconds.
    bool take(const std::string& name, std::uint32_t per_hour, std::int64_t now) {
        constexpr std::int64_t hour = 3'600;
        const auto is_over = [&](const auto& entry) { return now - entry.second.since >= hour; };
        if (used_.size() >= most_names && !used_.contains(name)) std::erase_if(used_, is_over);
        if (used_.size() >= most_names && !used_.contains(name)) return false;
        auto& used = used_.try_emplace(name, Used{now, 0}).first->second;
        if (now - used.since >= hour) used = {now, 0};
        if (used.times >= per_hour) return false;
        ++used.times;
        return true;
    }

private:
    struct Used {
        std::int64_t since = 0;
        std::uint32_t times = 0;
    };
    std::unordered_map<std::string, Used> used_;
};

}  // namespace policyd
