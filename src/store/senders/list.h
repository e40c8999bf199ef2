#pragma once
// Senders who are blocked or allowed, by what is proved of them: the list that `hermod sender` keeps and policyd goes
// by.
//
// An identity is a domain, which stands for those below it too, or an address. Proved are the domain of a DKIM
// signature that passes, the domain that SPF passes for, and the author's domain and address where DMARC passes. An
// entry that is not `validated` counts for what a message merely says, too; there are only blocks of that kind.
//
// Text, one entry a line: "block validated news@example.com 1700000000".

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace senders {

enum class Action : std::uint8_t { Block, Allow };
std::string_view to_text(Action action);

struct Entry {
    Action action = Action::Block;
    bool validated = true;
    std::string identity;      // "example.com", "news@example.com"; lower case, A-labels
    std::int64_t created = 0;  // Unix time
    bool operator==(const Entry&) const = default;
};

/// As an entry has it; or what is wrong with it, in words.
std::expected<std::string, std::string> parse_identity(std::string_view text);
/// A line without its end.
std::expected<Entry, std::string> parse_entry(std::string_view line);
std::string to_text(const Entry& entry);

/// Who sent a message: all that is proved of it, and all that it says. Domains and addresses.
struct Identities {
    std::vector<std::string> validated;
    std::vector<std::string> claimed;
};

struct Opinion {
    enum class Kind : std::uint8_t { None, Blocked, Allowed };
    Kind kind = Kind::None;
    std::string identity;  // by which entry
};

class List {
public:
    static constexpr std::size_t most = 200'000;

    /// Each line an entry. The error names the line.
    static std::expected<List, std::string> parse(std::string_view text);
    std::string to_text() const;

    const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
    /// In place of what was said of that identity.
    void set(Entry entry) { entries_.insert_or_assign(entry.identity, std::move(entry)); }
    bool remove(std::string_view identity);

    /// Of one identity the narrowest entry counts: the address, its domain, the domain above. Of several identities a
    /// block does.
    Opinion judge(const Identities& who) const;

private:
    const Entry* find(std::string_view identity) const;

    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace senders
