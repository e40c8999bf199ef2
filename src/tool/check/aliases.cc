#include "check/aliases.h"

#include <fmt/format.h>
#include <pwd.h>

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
        read_local();
        note_places("aliases");
        note_places("domains");
        note_place("postmaster", document_.root.find("postmaster"));
        if (const Node* routes = document_.root.find("route"))
            for (std::size_t i = 0; i < routes->items.size(); ++i)
                note_place(fmt::format("route.{}", i), &routes->items[i]);
        if (const Node* patterns = document_.root.find("alias_pattern"))
            for (std::size_t i = 0; i < patterns->items.size(); ++i)
                note_place(fmt::format("alias_pattern.{}", i), &patterns->items[i]);
        take_in_files();
        take_in_members_of_settings();
        add("texts", std::move(texts_));
        add("places", std::move(places_));
    }

private:
    /// As whom, and where, programs and files of aliases are done.
    void read_local() {
        const Node* local = document_.root.find("local");
        const Node* user = local ? local->find("alias_user") : nullptr;
        if (!user || user->text.empty()) return;
        alias_user_ = user->text;
        const passwd* known = ::getpwnam(alias_user_.c_str());
        if (known && (known->pw_uid == 0 || known->pw_gid == 0))
            problems_.push_back(document_.problem_at(user->where, "local.alias_user", "must not be root"));
        if (!known)
            warnings_.push_back(document_.problem_at(user->where, "local.alias_user",
                                                     "there is no user " + config::toml_string(alias_user_) + " here"));
        if (const Node* folders = local->find("alias_folders"))
            for (const Node& folder : folders->items) alias_folders_.push_back(folder.text);
        if (alias_folders_.empty() && known) alias_folders_.emplace_back(known->pw_dir);
    }

    /// Why nothing can be delivered to a target of an alias; empty: it can.
    std::string undeliverable(const Target& target) const {
        if (!site::needs_alias_user(target)) return {};
        const auto text = config::toml_string(addressing::to_text(target));
        if (alias_user_.empty())
            return text +
                   " is no address: programs, files and folders of aliases need local.alias_user, the user as "
                   "whom they are done";
        if (target.kind == Target::Kind::Program || alias_folders_.empty()) return {};
        if (site::below(alias_folders_, target.text)) return {};
        return text + " is not below the home of " + alias_user_ + ", or local.alias_folders";
    }

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
            const auto where = document_.problem_at(alias.where, "aliases." + config::key_text(alias.key), {});
            find_undeliverable(targets, where);
            take_in_members(targets, where);
        }
    }

    void find_undeliverable(const std::vector<Target>& targets, Problem where) {
        for (const auto& target : targets) {
            where.problem = undeliverable(target);
            if (!where.problem.empty()) problems_.push_back(where);
        }
    }

    // Hostile: it may be anybody's to edit, who is not to run programs here for that.
    void find_targets_of_members(const std::vector<Target>& targets, Problem where) {
        for (const auto& target : targets) {
            if (!site::needs_alias_user(target)) continue;
            where.problem = config::toml_string(addressing::to_text(target)) +
                            " stands in a file of members, from which no programs or files are taken";
            problems_.push_back(where);
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
            find_targets_of_members(
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
    std::string alias_user_;
    std::vector<std::string> alias_folders_;
    std::set<std::string> members_;  // files that were read
    std::vector<config::Member> texts_;
    std::vector<config::Member> places_;
};

}  // namespace

void take_in_aliases(config::Document& document, config::Problems& problems, config::Problems& warnings) {
    TakingIn(document, problems, warnings).run();
}

}  // namespace check
