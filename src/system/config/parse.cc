#include "config/parse.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "lang/defer.h"
#include "lang/try.h"

// The library promises the compiler things that do not hold: that no text has a letter of U+00A1..U+049A where a blank
// might stand, or something else than a key where a key begins. What follows each broken promise in it is right, so the
// promises are taken out.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSUME
#define TOML_ASSUME(...) static_cast<void>(0)
#undef TOML_ASSERT
#define TOML_ASSERT(...) static_cast<void>(0)
#include <toml++/impl/forward_declarations.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE \
    return {}
#include <toml++/impl/unicode.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE __builtin_unreachable()
#include <toml++/toml.h>
#pragma clang diagnostic pop

namespace config {
namespace {

// ---- from the library's tree to ours. Its depth is bounded by the library (256 levels), so recursion is.

Position position(const toml::source_region& region, std::uint32_t file) {
    return {file, region.begin.line, region.begin.column};
}

Node convert(const toml::node& from, std::uint32_t file);

void convert_into(Node& out, const toml::table& table, std::uint32_t file) {
    out.kind = Node::Kind::Table;
    for (const auto& [key, value] : table)
        out.members.push_back({std::string(key.str()), position(key.source(), file), convert(value, file)});
    // The library sorts by name; complaints read better from top to bottom.
    std::ranges::sort(out.members, {},
                      [](const Member& member) { return std::pair(member.where.line, member.where.column); });
}

void convert_into(Node& out, const toml::array& array, std::uint32_t file) {
    out.kind = Node::Kind::Array;
    for (const auto& item : array) out.items.push_back(convert(item, file));
}

Node convert(const toml::node& from, std::uint32_t file) {
    Node out;
    out.where = position(from.source(), file);
    if (const auto* table = from.as_table())
        convert_into(out, *table, file);
    else if (const auto* array = from.as_array())
        convert_into(out, *array, file);
    else if (const auto* text = from.as_string())
        out.kind = Node::Kind::String, out.text = text->get();
    else if (const auto* integer = from.as_integer())
        out.kind = Node::Kind::Integer, out.integer = integer->get();
    else if (const auto* number = from.as_floating_point())
        out.kind = Node::Kind::Float, out.number = number->get();
    else if (const auto* truth = from.as_boolean())
        out.kind = Node::Kind::Boolean, out.truth = truth->get();
    else
        out.kind = Node::Kind::Date;
    return out;
}

// The library writes the character it saw as '\n'.
std::string description(const toml::parse_error& error) {
    constexpr std::string_view line_end = "'\\n'";
    std::string text(error.description());
    if (const auto at = text.find(line_end); at != text.npos) text.replace(at, line_end.size(), "the end of the line");
    return text;
}

std::expected<Node, Problem> parse_one(std::string_view text, const std::string& name, std::uint32_t file) {
    if (text.size() > longest_text) return std::unexpected(Problem{.file = name, .problem = "is too long"});
    const toml::parse_result result = toml::parse(text, std::string_view(name));
    if (!result) {
        const auto& error = result.error();
        return std::unexpected(Problem{.file = name,
                                       .line = std::max(error.source().begin.line, 1u),
                                       .column = std::max(error.source().begin.column, 1u),
                                       .problem = description(error)});
    }
    return convert(result.table(), file);
}

// ---- files

struct Contents {
    std::string text;
    std::pair<dev_t, ino_t> identity;
};

std::string error_text(int number) { return std::generic_category().message(number); }

std::expected<Contents, std::string> read_whole(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return std::unexpected(error_text(errno));
    Defer close([&] { ::close(descriptor); });
    struct stat status;
    if (::fstat(descriptor, &status) < 0) return std::unexpected(error_text(errno));
    if (!S_ISREG(status.st_mode)) return std::unexpected("not a file");
    Contents contents{.identity = {status.st_dev, status.st_ino}};
    char block[65'536];
    ssize_t got;
    while ((got = ::read(descriptor, block, sizeof block)) > 0 && contents.text.size() <= longest_file)
        contents.text.append(block, static_cast<std::size_t>(got));
    if (got < 0) return std::unexpected(error_text(errno));
    return contents;
}

std::vector<std::string> expand(const std::string& pattern, const std::string& included_from) {
    const auto base = std::filesystem::path(included_from).parent_path();
    const std::string full = (base / pattern).string();  // an absolute pattern replaces the base
    glob_t found{};
    Defer free([&] { ::globfree(&found); });
    if (::glob(full.c_str(), 0, nullptr, &found) != 0) return {};
    return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[") != std::string_view::npos; }

/// Reads a file and what it includes, all into one document.
class Gathering {
public:
    void take(const std::string& path, std::size_t depth, const Position* included_at) {
        if (document_.files.size() >= most_files) return complain(path, included_at, "too many files are included");
        auto contents = read_whole(path);
        if (!contents) return complain(path, included_at, "cannot be read: " + contents.error());
        if (contents->text.size() > longest_file)
            return complain(path, included_at, "is too long: at most 1 MiB is read");
        if (!open_.insert(contents->identity).second) return complain(path, included_at, "includes itself");
        const auto file = static_cast<std::uint32_t>(document_.files.size());
        document_.files.push_back(path);
        take_text(contents->text, path, file, depth);
        open_.erase(contents->identity);
    }

    std::expected<Document, Problems> finish() {
        if (!problems_.empty()) return std::unexpected(std::move(problems_));
        return std::move(document_);
    }

private:
    void take_text(const std::string& text, const std::string& path, std::uint32_t file, std::size_t depth) {
        auto parsed = parse_one(text, path, file);
        if (!parsed) return problems_.push_back(std::move(parsed.error()));
        Node includes = take_includes(*parsed);
        merge(document_.root, std::move(*parsed), "");
        for (const Node& pattern : includes.items) include(pattern, path, depth);
    }

    Node take_includes(Node& root) {
        auto found = std::ranges::find(root.members, "include", &Member::key);
        if (found == root.members.end()) return {};
        Node includes = std::move(found->value);
        root.members.erase(found);
        const bool is_list =
            includes.kind == Node::Kind::Array && std::ranges::all_of(includes.items, [](const Node& item) {
                return item.kind == Node::Kind::String && item.text.find('\0') == std::string::npos;
            });
        if (is_list) return includes;
        problems_.push_back(document_.problem_at(includes.where, "include", "is not a list of file names",
                                                 "write include = [\"conf.d/*.toml\"]"));
        return {};
    }

    void include(const Node& pattern, const std::string& from, std::size_t depth) {
        if (depth == deepest_include) return complain(pattern.text, &pattern.where, "is included too deep");
        const auto paths = expand(pattern.text, from);
        if (paths.empty() && !has_wildcard(pattern.text))
            return complain(pattern.text, &pattern.where, "there is no such file");
        for (const std::string& path : paths) take(path, depth + 1, &pattern.where);
    }

    // Files are merged table by table. Two files that say something about one key contradict each other.
    void merge(Node& into, Node&& more, const std::string& above) {
        for (Member& member : more.members) {
            const std::string key = above.empty() ? member.key : above + "." + key_text(member.key);
            Node* present = into.find(member.key);
            if (!present)
                into.members.push_back(std::move(member));
            else if (present->kind == Node::Kind::Table && member.value.kind == Node::Kind::Table)
                merge(*present, std::move(member.value), key);
            else if (is_tables(*present) && is_tables(member.value))
                std::ranges::move(member.value.items, std::back_inserter(present->items));
            else
                problems_.push_back(
                    document_.problem_at(member.where, key, "is set twice",
                                         fmt::format("it is already set at {}:{}", document_.files[present->where.file],
                                                     present->where.line)));
        }
    }

    static bool is_tables(const Node& node) {
        return node.kind == Node::Kind::Array && !node.items.empty() && node.items.front().kind == Node::Kind::Table;
    }

    void complain(const std::string& path, const Position* included_at, std::string problem) {
        if (included_at)
            problems_.push_back(
                document_.problem_at(*included_at, "include", toml_string(path) + ": " + std::move(problem)));
        else
            problems_.push_back({.file = path, .problem = std::move(problem)});
    }

    Document document_;
    Problems problems_;
    std::set<std::pair<dev_t, ino_t>> open_;  // the chain of files being read: one that is in it includes itself
};

}  // namespace

std::expected<Document, Problems> parse_file(const std::string& path) {
    Gathering gathering;
    gathering.take(path, 0, nullptr);
    return gathering.finish();
}

std::expected<Document, Problems> parse_text(std::string_view text, std::string name) {
    auto root = parse_one(text, name, 0);
    if (!root) return std::unexpected(Problems{std::move(root.error())});
    Document document{.files = {std::move(name)}, .root = std::move(*root)};
    if (const Node* include = document.root.find("include"))
        return std::unexpected(Problems{document.problem_at(include->where, "include", "is possible in files only")});
    return document;
}

}  // namespace config
