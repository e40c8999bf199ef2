#include "logs/query.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unordered_set>
#include <vector>

#include "text/ascii.h"

namespace logs {
namespace {

constexpr int longest_chain = 8;  // a bounce of a bounce does not exist; notices of copies may

// The oldest first.
std::vector<std::string> parts(const std::string& file) {
    std::vector<std::string> found{file};
    for (int number = 1; std::filesystem::exists(file + "." + std::to_string(number)); ++number)
        found.insert(found.begin(), file + "." + std::to_string(number));
    return found;
}

std::string_view without_brackets(std::string_view text) {
    if (text.starts_with('<') && text.ends_with('>')) return text.substr(1, text.size() - 2);
    return text;
}

/// The ids that belong to what was asked for.
class Stories {
public:
    explicit Stories(const Search& search) : search_(search) {
        if (!search.id.empty()) ids_.insert(search.id);
    }

    /// True when the record brought a new id.
    bool learn(const Record& record) {
        const std::string_view id = record.find("id");
        if (id.empty() || ids_.size() >= most_ids) return false;
        bool is_news = false;
        if (is_asked_for(record)) is_news = ids_.emplace(id).second;
        if (ids_.contains(std::string(id)) && !record.find("bounce").empty())
            is_news = ids_.emplace(record.find("bounce")).second || is_news;
        return is_news;
    }

    // Refused recipients have no message, but they are part of the story of an address.
    bool contain(const Record& record) const {
        const std::string_view id = record.find("id");
        return id.empty() ? is_asked_for(record) : ids_.contains(std::string(id));
    }

private:
    bool is_asked_for(const Record& record) const {
        if (!search_.message_id.empty())
            return without_brackets(record.find("message_id")) == without_brackets(search_.message_id);
        if (search_.from.empty() && search_.to.empty()) return false;
        return is_address(record, "from", search_.from) &&
               (is_address(record, "to", search_.to) || was_asked_for(record, search_.to));
    }

    static bool is_address(const Record& record, std::string_view key, const std::string& wanted) {
        if (wanted.empty()) return true;
        for (const auto& member : record.members)
            if (member.key == key)
                return text::equal_ignoring_case(without_brackets(member.value), without_brackets(wanted));
        return false;
    }

    /// As it was written, where it led to others.
    static bool was_asked_for(const Record& record, const std::string& wanted) {
        std::string_view all = record.find("asked");
        while (!all.empty()) {
            const auto one = all.substr(0, all.find(' '));
            if (text::equal_ignoring_case(one, without_brackets(wanted))) return true;
            all.remove_prefix(std::min(one.size() + 1, all.size()));
        }
        return false;
    }

    const Search& search_;
    std::unordered_set<std::string> ids_;
};

template <typename Visit>
bool for_each_record(const std::string& file, Visit visit) {
    bool opened = false;
    std::string line;
    for (const std::string& part : parts(file)) {
        std::ifstream in(part, std::ios::binary);
        opened = opened || in.is_open();
        while (std::getline(in, line))
            if (auto record = parse_record(line)) visit(*record, line);
    }
    return opened;
}

}  // namespace

bool find_stories(const std::string& file, const Search& search,
                  const std::function<void(const Record&, std::string_view)>& visit) {
    Stories stories(search);
    bool is_news = true;
    for (int pass = 0; is_news && pass < longest_chain; ++pass) {
        is_news = false;
        const bool opened = for_each_record(
            file, [&](const Record& record, std::string_view) { is_news = stories.learn(record) || is_news; });
        if (!opened) return false;
    }
    return for_each_record(file, [&](const Record& record, std::string_view line) {
        if (stories.contain(record)) visit(record, line);
    });
}

}  // namespace logs
