#include "check/aliases.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "addressing/aliases_file.h"
#include "site/aliases.h"

namespace check {
namespace {

using addressing::Target;
using config::Node;
using config::Problem;

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || file.bad() || text.size() > addressing::longest_aliases_file) return std::nullopt;
    return text;
}

class TakingIn {
public:
    TakingIn(config::Document& document, config::Problems& problems, config::Problems& warnings)
        : document_(document), problems_(problems), warnings_(warnings) {}

    void run() {
        note_places("aliases");
        note_places("domains");
        note_place("postmaster", document_.root.find("postmaster"));
        if (const Node* routes = document_.root.find("route"))
            for (std::size_t i = 0; i < routes->items.size(); ++i)
                note_place(fmt::format("route.{}", i), &routes->items[i]);
        take_in_files();
        take_in_members_of_settings();
        add("texts", std::move(texts_));
        add("places", std::move(places_));
    }

private:
    void note_place(std::string key, const Node* value) {
        if (!value) return;
        places_.push_back(
            text_member(std::move(key), fmt::format("{}:{}", document_.files[value->where.file], value->where.line)));
    }
    void note_places(const std::string& table) {
        const Node* node = document_.root.find(table);
        if (!node) return;
        for (const auto& member : node->members) note_place(table + "." + member.key, &member.value);
    }

    void take_in_files() {
        const Node* files = document_.root.find("alias_files");
        if (!files) return;
        for (const Node& file : files->items) {
            const auto text = read_file(file.text);
            if (!text) {
                problems_.push_back(document_.problem_at(file.where, "alias_files",
                                                         config::toml_string(file.text) + " cannot be read"));
                continue;
            }
            const auto parsed = addressing::parse_aliases(*text);
            for (const auto& [line, problem] : parsed.errors)
                problems_.push_back(
                    {.file = file.text, .line = line, .column = 1, .key = {}, .problem = problem, .remedy = {}});
            std::set<std::string_view> names;
            for (const auto& alias : parsed.aliases) {
                if (!names.insert(alias.name).second)
                    warnings_.push_back({.file = file.text,
                                         .line = alias.line,
                                         .column = 1,
                                         .key = alias.name,
                                         .problem = "stands here twice; the first counts",
                                         .remedy = {}});
                const Problem where{
                    .file = file.text, .line = alias.line, .column = 1, .key = alias.name, .problem = {}, .remedy = {}};
                find_undeliverable(alias.targets, where);
                take_in_members(alias.targets, where);
            }
            texts_.push_back(text_member(file.text, *text));
        }
    }

    void take_in_members_of_settings() {
        const Node* aliases = document_.root.find("aliases");
        if (!aliases) return;
        for (const auto& alias : aliases->members) {
            std::vector<Target> targets;
            for (const Node& item : alias.value.items)
                if (auto target = addressing::parse_target(item.text)) targets.push_back(*std::move(target));
            take_in_members(targets, document_.problem_at(alias.where, "aliases." + config::key_text(alias.key), {}));
        }
    }

    void find_undeliverable(const std::vector<Target>& targets, Problem where) {
        for (const auto& target : targets) {
            where.problem = site::undeliverable(target);
            if (!where.problem.empty()) problems_.push_back(where);
        }
    }

    void take_in_members(const std::vector<Target>& targets, Problem where) {
        for (const auto& target : targets) {
            if (target.kind != Target::Kind::Include || !members_.insert(target.text).second) continue;
            const auto text = read_file(target.text);
            if (!text) {
                where.problem = config::toml_string(target.text) + " cannot be read";
                problems_.push_back(where);
                continue;
            }
            const auto parsed = addressing::parse_members(*text);
            for (const auto& [line, problem] : parsed.errors)
                warnings_.push_back({.file = target.text,
                                     .line = line,
                                     .column = 1,
                                     .key = {},
                                     .problem = problem,
                                     .remedy = "this line is passed over"});
            find_undeliverable(
                parsed.targets,
                {.file = target.text, .line = 0, .column = 0, .key = where.key, .problem = {}, .remedy = {}});
            texts_.push_back(text_member(target.text, *text));
        }
    }

    static config::Member text_member(std::string key, std::string text) {
        return {.key = std::move(key), .where = {}, .value = {.kind = Node::Kind::String, .text = std::move(text)}};
    }
    void add(std::string key, std::vector<config::Member> members) {
        document_.root.members.push_back(
            {.key = std::move(key), .where = {}, .value = {.kind = Node::Kind::Table, .members = std::move(members)}});
    }

    config::Document& document_;
    config::Problems& problems_;
    config::Problems& warnings_;
    std::set<std::string> members_;  // files that were read
    std::vector<config::Member> texts_;
    std::vector<config::Member> places_;
};

}  // namespace

void take_in_aliases(config::Document& document, config::Problems& problems, config::Problems& warnings) {
    TakingIn(document, problems, warnings).run();
}

}  // namespace check
