#pragma once
// A configuration of ours that is being written from another server's: settings, each with the place it stems from.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "import/report.h"
#include "ip/address.h"

namespace import {

struct Setting {
    std::string key;
    std::string value;  // as TOML
    Origin origin;
};

struct DomainDraft {
    Origin origin;
    std::vector<Setting> settings;

    bool has(std::string_view key) const;
    void set(std::string key, std::string value, Origin from = {});
};

struct RouteDraft {
    std::string domain;
    std::string next_hop;
    Origin origin;
};

struct ClientDraft {
    ip::Network network;
    std::string action;  // "allow", "deny", "defer"
    std::string text;
    std::uint64_t connections = 0;
    Origin origin;
};

/// Aliases of all addresses of a kind.
struct PatternDraft {
    std::string pattern;
    std::vector<std::string> targets;
    std::size_t precision = 0;  // the more of an address it names the earlier it is asked
    Origin origin;
};

struct AliasDraft {
    std::vector<std::string> targets;
    Origin origin;
};

struct Draft {
    std::string title;                                   // "qmail's files in /var/qmail"
    std::map<std::string, std::vector<Setting>> tables;  // "": the top
    std::vector<Setting> listeners;                      // their addresses
    std::map<std::string, DomainDraft> domains;          // lower case, A-labels; ".example.org": all below it
    std::map<std::string, AliasDraft> aliases;
    std::vector<ClientDraft> clients;
    std::vector<PatternDraft> patterns;
    std::vector<RouteDraft> routes;  // the first that matches counts

    /// The last word counts.
    void set(const std::string& table, std::string key, std::string value, Origin origin);
    /// The domain, made where it is not there yet; nullptr where the name is none, which is reported.
    DomainDraft* domain(std::string_view name, const Origin& origin, Report& report);
};

/// The files' contents in our terms.
struct Translation {
    Draft draft;
    Report report;
    std::vector<std::string> mailboxes;  // addresses that are to stand in a file of their own
};

std::string quoted(std::string_view text);  // as TOML
std::string quoted(const std::vector<std::string>& list);

/// The text itself, as part of a regular expression.
std::string escaped_for_pattern(std::string_view text);

/// hermod.toml with comments.
std::string to_toml(const Draft& draft, const Report& report);

/// Lower case, A-labels, a dot at the front kept; empty: it is no domain.
std::string canonical_domain(std::string_view name);

}  // namespace import
