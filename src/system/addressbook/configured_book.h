#pragma once
// The configuration's domains, aliases and mailboxes as a Book: what addressing::resolve() asks. directory answers
// clients from it, `hermod explain` and `hermod check` tell from it what it will answer.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "addressing/resolver.h"
#include "ip/address.h"
#include "pattern/pattern.h"
#include "site/aliases.h"
#include "site/domains.h"
#include "site/mailbox_list.h"

namespace addressbook {

struct Sources {
    std::string hostname;
    std::string postmaster;
    site::Domains domains;
    site::Addressing addressing;
    std::vector<ip::Address> own_addresses;
};

/// Keys that can be looked up without making a string of them.
struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using Table = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

class ConfiguredBook final : public addressing::Book {
public:
    using UserLookUp = std::function<addressing::Existence(std::string_view name)>;

    /// Checked sources: what is wrong in them all the same is as if it were not there.
    ConfiguredBook(Sources sources, UserLookUp users);

    addressing::Entry<addressing::Domain> domain(std::string_view name) const override;
    bool is_own(const ip::Address& address) const override;
    addressing::Entry<addressing::Alias> alias(std::string_view name) const override;
    addressing::Entry<addressing::Alias> pattern(std::string_view address) const override;
    const std::vector<addressing::Target>* members(std::string_view path) const override;
    addressing::Existence mailbox(std::string_view local_part, std::string_view domain) const override;
    addressing::Existence user(std::string_view name) const override { return users_(name); }

    /// As domain(): the domain itself, as long as the book lives.
    const addressing::Domain* find_domain(std::string_view name) const;
    /// The quota of a listed mailbox, in octets; nullptr: there is none.
    const std::uint64_t* quota(std::string_view local_part, std::string_view domain) const;
    const addressing::Rules& rules() const { return rules_; }

    /// For checks of the whole: every alias by its name.
    const Table<addressing::Alias>& aliases() const { return aliases_; }
    const Table<addressing::Domain>& domains() const { return domains_; }

private:
    void add_domains(site::Domains domains);
    void add_aliases(const site::Addressing& addressing);
    addressing::Place place_of(const std::string& key) const;

    struct Kind {  // of addresses
        pattern::Pattern pattern;
        std::vector<std::string> to;
        addressing::Place place;
    };
    void add_patterns(const std::vector<site::AliasPattern>& patterns);

    addressing::Rules rules_;
    std::vector<Kind> patterns_;
    std::vector<ip::Address> own_addresses_;
    std::map<std::string, std::string> places_;
    UserLookUp users_;
    Table<addressing::Domain> domains_;  // also ".example.org"
    Table<addressing::Alias> aliases_;
    Table<std::vector<addressing::Target>> members_;
    Table<Table<std::uint64_t>> mailboxes_;  // by domain: local part → quota
    addressing::Alias postmaster_;           // without targets: nobody is named
    addressing::Alias root_;
};

}  // namespace addressbook
