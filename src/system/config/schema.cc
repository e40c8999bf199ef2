#include "config/schema.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace config {
namespace {

constexpr std::size_t longest_compared = 64;  // keys longer than this are nobody's misspelling

// The least number of letters to insert, delete or replace to get from one to the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

std::optional<std::string> nearest(std::string_view key, const Known& table) {
    if (key.size() > longest_compared) return std::nullopt;
    std::size_t least = key.size() / 3 + 2;  // one letter of three may be wrong
    std::optional<std::string> best;
    for (const Known& member : table.members) {
        const std::size_t distance = edit_distance(key, member.name);
        if (distance >= least) continue;
        least = distance;
        best = member.name;
    }
    return best;
}

// The same name under another table: "connections" at the top means limits.connections.
std::optional<std::string> elsewhere(std::string_view key, const Known& root) {
    for (const Known& table : root.members)
        if (table.shape == Known::Shape::Table && table.find(key)) return table.name + "." + std::string(key);
    return std::nullopt;
}

class Search {
public:
    Search(const Document& document, const Known& root) : document_(document), root_(root) {}

    void in_table(const Node& table, const Known& known, const std::string& path) {
        for (const Member& member : table.members) {
            const std::string key = path.empty() ? key_text(member.key) : path + "." + key_text(member.key);
            if (const Known* found = known.find(member.key))
                in_value(member.value, *found, key);
            else
                complain(member, known, path, key);
        }
    }

    Problems take() { return std::move(problems_); }

private:
    // A value of the wrong kind is the loader's to complain about.
    void in_value(const Node& value, const Known& known, const std::string& key) {
        using enum Known::Shape;
        if (known.shape == Table && !known.takes_any_name) in_table(value, known, key);
        if (known.shape == Tables)
            for (const Node& item : value.items) in_table(item, known, key);
        if (known.shape == TablesByName)
            for (const Member& named : value.members) in_table(named.value, known, key + "." + key_text(named.key));
    }

    void complain(const Member& member, const Known& known, const std::string& path, const std::string& key) {
        std::string remedy;
        if (auto near = nearest(member.key, known))
            remedy = "did you mean " + (path.empty() ? "" : path + ".") + *near + "?";
        else if (auto other = elsewhere(member.key, root_))
            remedy = "did you mean " + *other + "?";
        else
            remedy = "hermod.toml(5) lists what there is";
        problems_.push_back(document_.problem_at(member.where, key, "there is no such setting", std::move(remedy)));
    }

    const Document& document_;
    const Known& root_;
    Problems problems_;
};

}  // namespace

const Known* Known::find(std::string_view key) const {
    auto found = std::ranges::find(members, key, &Known::name);
    return found == members.end() ? nullptr : &*found;
}

void merge(Known& into, const Known& more) {
    for (const Known& member : more.members) {
        auto found = std::ranges::find(into.members, member.name, &Known::name);
        if (found == into.members.end())
            into.members.push_back(member);
        else
            merge(*found, member);
    }
}

Problems unknown_keys(const Document& document, const Known& known) {
    Search search(document, known);
    search.in_table(document.root, known, "");
    return search.take();
}

}  // namespace config
