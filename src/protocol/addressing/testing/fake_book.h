#pragma once
// A Book for tests.

#include <functional>
#include <map>
#include <set>
#include <string>

#include "addressing/aliases_file.h"
#include "addressing/resolver.h"

namespace addressing::testing {

struct FakeBook final : Book {
    std::map<std::string, Domain, std::less<>> domains;
    std::map<std::string, Alias, std::less<>> aliases;
    std::map<std::string, std::vector<Target>, std::less<>> lists;
    std::set<std::string, std::less<>> mailboxes;
    std::set<std::string, std::less<>> users;
    std::set<std::string, std::less<>> undecided;  // users, mailboxes and domains nobody can say anything of now
    std::set<std::string, std::less<>> undecided_aliases;
    std::set<std::string, std::less<>> disabled;  // mailboxes

    std::function<Entry<Alias>(std::string_view)> patterns;

    /// Lines of aliases(5), as if in /etc/aliases.
    void add_aliases(std::string_view text) {
        for (auto& line : parse_aliases(text).aliases)
            aliases[line.name] = {std::move(line.targets), {"/etc/aliases", line.line}};
    }

    Entry<Domain> domain(std::string_view name) const override {
        const auto found = domains.find(name);
        if (undecided.contains(name)) return Entry<Domain>::unknown();
        return found == domains.end() ? nullptr : &found->second;
    }
    bool is_own(const ip::Address& address) const override { return address == *ip::parse_address("192.0.2.1"); }
    Entry<Alias> alias(std::string_view name) const override {
        const auto found = aliases.find(name);
        if (undecided_aliases.contains(name)) return Entry<Alias>::unknown();
        return found == aliases.end() ? nullptr : &found->second;
    }
    Entry<Alias> pattern(std::string_view address) const override {
        return patterns ? patterns(address) : Entry<Alias>(nullptr);
    }
    const std::vector<Target>* members(std::string_view path) const override {
        const auto found = lists.find(path);
        return found == lists.end() ? nullptr : &found->second;
    }
    Existence mailbox(std::string_view local_part, std::string_view domain) const override {
        const auto address = std::string(local_part) + "@" + std::string(domain);
        if (disabled.contains(address)) return Existence::Disabled;
        if (undecided.contains(address)) return Existence::Unknown;
        return mailboxes.contains(address) ? Existence::Yes : Existence::No;
    }
    Existence user(std::string_view name) const override {
        if (undecided.contains(name)) return Existence::Unknown;
        return users.contains(name) ? Existence::Yes : Existence::No;
    }
};

}  // namespace addressing::testing
