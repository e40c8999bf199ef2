#include "senders/list.h"

#include <fmt/format.h>

#include <charconv>

#include "lang/try.h"
#include "smtp/path.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace senders {
namespace {

constexpr std::size_t longest_line = 600;

std::string_view take_word(std::string_view& line) {
    const auto end = line.find(' ');
    const auto word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
}

std::expected<std::int64_t, std::string> parse_time(std::string_view text) {
    std::int64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    if (error != std::errc() || end != text.data() + text.size() || time < 0) return std::unexpected("not a time");
    return time;
}

}  // namespace

std::string_view to_text(Action action) { return action == Action::Block ? "block" : "allow"; }

std::expected<std::string, std::string> parse_identity(std::string_view text) {
    const auto at = text.rfind('@');
    auto domain_text = at == std::string_view::npos ? text : text.substr(at + 1);
    const auto domain = text::to_a_labels(domain_text);
    if (!domain) return std::unexpected(std::string(text::describe(domain.error())));
    if (!domain->contains('.')) return std::unexpected("write a whole domain, or an address in one");
    if (at == std::string_view::npos || at == 0) return *domain;  // "@example.com" is the domain
    const auto address = fmt::format("{}@{}", text::lower(text.substr(0, at)), *domain);
    if (!smtp::parse_mailbox(address, smtp::Utf8::Allowed)) return std::unexpected("not an address");
    return address;
}

std::expected<Entry, std::string> parse_entry(std::string_view line) {
    if (line.size() > longest_line) return std::unexpected("too long");
    Entry entry;
    const auto action = take_word(line);
    if (action != "block" && action != "allow") return std::unexpected("neither block nor allow");
    entry.action = action == "block" ? Action::Block : Action::Allow;
    const auto basis = take_word(line);
    if (basis != "validated" && basis != "claimed") return std::unexpected("neither validated nor claimed");
    entry.validated = basis == "validated";
    if (!entry.validated && entry.action == Action::Allow)
        return std::unexpected("whoever forges the name would be allowed");
    const auto last = line.rfind(' ');  // a local part may be quoted
    if (last == std::string_view::npos) return std::unexpected("no time");
    entry.identity = TRY(parse_identity(line.substr(0, last)));
    entry.created = TRY(parse_time(line.substr(last + 1)));
    return entry;
}

std::string to_text(const Entry& entry) {
    return fmt::format("{} {} {} {}", to_text(entry.action), entry.validated ? "validated" : "claimed", entry.identity,
                       entry.created);
}

std::expected<List, std::string> List::parse(std::string_view text) {
    List list;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        auto entry = parse_entry(text.substr(0, end));
        if (!entry) return std::unexpected(fmt::format("line {}: {}", number, entry.error()));
        if (number > most) return std::unexpected("too many entries");
        list.set(*std::move(entry));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return list;
}

std::string List::to_text() const {
    std::string text;
    for (const auto& [identity, entry] : entries_) text += senders::to_text(entry) + '\n';
    return text;
}

bool List::remove(std::string_view identity) {
    const auto found = entries_.find(identity);
    if (found == entries_.end()) return false;
    entries_.erase(found);
    return true;
}

const Entry* List::find(std::string_view identity) const {
    for (auto name = identity; !name.empty();) {
        if (const auto found = entries_.find(name); found != entries_.end()) return &found->second;
        const auto at = name.rfind('@');
        const auto next = at == std::string_view::npos ? name.find('.') : at;
        if (next == std::string_view::npos) break;
        name.remove_prefix(next + 1);
    }
    return nullptr;
}

Opinion List::judge(const Identities& who) const {
    Opinion opinion;
    if (entries_.empty()) return opinion;
    for (const auto& identity : who.validated) {
        const auto* entry = find(identity);
        if (entry == nullptr) continue;
        if (entry->action == Action::Block) return {Opinion::Kind::Blocked, entry->identity};
        if (opinion.kind == Opinion::Kind::None) opinion = {Opinion::Kind::Allowed, entry->identity};
    }
    for (const auto& identity : who.claimed) {
        const auto* entry = find(identity);
        if (entry != nullptr && entry->action == Action::Block && !entry->validated)
            return {Opinion::Kind::Blocked, entry->identity};
    }
    return opinion;
}

}  // namespace senders
