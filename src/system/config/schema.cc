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
    // One letter of three may be wrong, and two neighbours may be swapped; but "tls" is no misspelling of "dns".
    std::size_t least = key.size() < 4 ? 2 : key.size() / 3 + 2;
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
            const std::string key = below(path, member.key);
            if (const Known* found = known.find(member.key))
                in_value(member.value, *found, key);
            else
                complain(member, known, path, key);
        }
    }

    std::vector<UnknownKey> take() { return std::move(unknown_); }

private:
    // A value of the wrong kind is the loader's to complain about.
    void in_value(const Node& value, const Known& known, const std::string& key) {
        using enum Known::Shape;
        if (known.shape == Table && !known.takes_any_name) in_table(value, known, key);
        if (known.shape == Tables)
            for (const Node& item : value.items) in_table(item, known, key);
        if (known.shape == TablesByName)
            for (const Member& named : value.members) in_named_table(named, known, key);
    }

    // [domains.example.org] without quotes is the table "org" in the table "example".
    void in_named_table(const Member& named, const Known& known, const std::string& above) {
        const Member* nested = table_with_dots(named, known);
        if (!nested) return in_table(named.value, known, below(above, named.key));
        std::string name = named.key;
        for (; nested; nested = first_table(nested->value)) name += "." + nested->key;
        add(named, below(above, named.key), "is no whole name",
            "a name with dots stands in quotes: [" + above + "." + toml_string(name) + "]", "");
    }

    static const Member* first_table(const Node& node) {
        const auto found = std::ranges::find_if(
            node.members, [](const Member& member) { return member.value.kind == Node::Kind::Table; });
        return found == node.members.end() ? nullptr : &*found;
    }
    static const Member* table_with_dots(const Member& named, const Known& known) {
        const Member* nested = named.key.contains('.') ? nullptr : first_table(named.value);
        return nested && !known.find(nested->key) ? nested : nullptr;
    }

    void complain(const Member& member, const Known& known, const std::string& path, const std::string& key) {
        if (belongs_to_the_top(member.key, path))
            return add(member, key, "there is no such setting",
                       member.key + " belongs above the first [table] of the file", member.key);
        std::string meant;
        if (auto near = nearest(member.key, known))
            meant = path.empty() ? *near : path + "." + *near;
        else
            meant = elsewhere(member.key, root_).value_or("");
        add(member, key, "there is no such setting",
            meant.empty() ? "hermod.toml(5) lists what there is" : "did you mean " + meant + "?", meant);
    }

    // What is written behind [[listen]] is read as a key of that table.
    bool belongs_to_the_top(const std::string& key, const std::string& path) const {
        const Known* at_top = root_.find(key);
        return !path.empty() && at_top && at_top->shape == Known::Shape::Value;
    }

    void add(const Member& member, std::string key, std::string problem, std::string remedy, std::string meant) {
        unknown_.push_back({document_.problem_at(member.where, std::move(key), std::move(problem), std::move(remedy)),
                            std::move(meant)});
    }

    static std::string below(const std::string& path, std::string_view key) {
        return path.empty() ? key_text(key) : path + "." + key_text(key);
    }

    const Document& document_;
    const Known& root_;
    std::vector<UnknownKey> unknown_;
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

std::vector<UnknownKey> unknown_keys(const Document& document, const Known& known) {
    Search search(document, known);
    search.in_table(document.root, known, "");
    return search.take();
}

}  // namespace config
