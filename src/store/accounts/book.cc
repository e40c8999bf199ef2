#include "accounts/book.h"

#include <fmt/format.h>

namespace accounts {

using addressing::Entry;
using addressing::Existence;

addressing::Place place_of(std::string_view kind, std::string_view name, std::string_view source) {
    return {.file = fmt::format("{}: {} {}", source.empty() ? "directory" : source, kind, name), .line = 0};
}

Entry<addressing::Domain> Book::domain(std::string_view name) const {
    const auto& written = configured_.domains();
    if (const auto exact = written.find(name); exact != written.end()) return &exact->second;
    auto found = records_.domain(name);
    if (!found) return Entry<addressing::Domain>::unknown();
    if (!*found) return configured_.find_domain(name);  // by a wildcard
    auto& domain = **found;
    return addressing::Domain{.has_users = false,
                              .delimiters = std::move(domain.delimiters),
                              .same_as = std::move(domain.same_as),
                              .owner = {},
                              .catch_all = std::move(domain.catch_all),
                              .place = place_of("domain", name)};
}

Entry<addressing::Alias> Book::alias_of_directory(std::string_view name) const {
    auto found = records_.alias(name);
    if (!found) return Entry<addressing::Alias>::unknown();
    if (!*found) return nullptr;
    // Hostile: the database can be written by whoever breaks into directory; programs and files are not to be had so.
    std::erase_if((*found)->targets, [](const addressing::Target& target) {
        return target.kind != addressing::Target::Kind::Address && target.kind != addressing::Target::Kind::Mailbox;
    });
    return addressing::Alias{.targets = std::move((*found)->targets),
                             .place = place_of("alias", name, (*found)->source)};
}

Entry<addressing::Alias> Book::alias(std::string_view name) const {
    const auto& written = configured_.aliases();
    if (const auto exact = written.find(name); exact != written.end()) return &exact->second;
    if (auto entry = alias_of_directory(name); entry || entry.is_unknown()) return entry;
    auto presumed = configured_.alias(name);
    // An alias "postmaster" of the directory is for all domains of users, as one of the configuration is.
    if (presumed && name.starts_with("postmaster@")) {
        const auto general = alias_of_directory("postmaster");
        if (general.is_unknown()) return general;
        if (general) return nullptr;
    }
    return presumed;
}

addressing::Place Book::place_of_mailbox(std::string_view local_part, std::string_view domain) const {
    if (configured_.quota(local_part, domain)) return {};
    const auto address = fmt::format("{}@{}", local_part, domain);
    const auto found = records_.account(address);
    return found && *found && !(*found)->source.empty() ? place_of("account", address, (*found)->source)
                                                        : addressing::Place{};
}

Existence Book::mailbox(std::string_view local_part, std::string_view domain) const {
    if (configured_.quota(local_part, domain)) return Existence::Yes;
    const auto found = records_.account(fmt::format("{}@{}", local_part, domain));
    if (!found) return Existence::Unknown;
    if (*found) return (*found)->is_disabled ? Existence::Disabled : Existence::Yes;
    if (lists_) {
        const auto is_list = lists_->has(local_part, domain);
        if (!is_list) return Existence::Unknown;
        if (*is_list) return Existence::Yes;
    }
    if (const auto presumed = configured_.mailbox(local_part, domain); presumed != Existence::No) return presumed;
    // RFC 5321 §4.5.1: a domain of the directory has a postmaster too.
    if (local_part != "postmaster" || configured_.domains().contains(domain)) return Existence::No;
    const auto own = records_.domain(domain);
    if (!own) return Existence::Unknown;
    return *own && (*own)->catch_all.empty() ? Existence::Yes : Existence::No;
}

bool Book::takes_extension(std::string_view local_part, std::string_view domain, char delimiter) const {
    if (delimiter == '+') return true;
    const auto is_a_list = is_list(local_part, domain);
    return !is_a_list || !*is_a_list;  // what cannot be found out now is found to be so where the mailbox is asked for
}

std::expected<bool, Error> Book::is_list(std::string_view local_part, std::string_view domain) const {
    if (!lists_) return false;
    const auto mailbox = quota(local_part, domain);
    if (!mailbox) return std::unexpected(mailbox.error());
    if (*mailbox) return false;
    return lists_->has(local_part, domain);
}

Found<std::uint64_t> Book::quota(std::string_view local_part, std::string_view domain) const {
    if (const auto* listed = configured_.quota(local_part, domain)) return *listed;
    auto found = records_.account(fmt::format("{}@{}", local_part, domain));
    if (!found) return std::unexpected(std::move(found).error());
    if (!*found || (*found)->is_disabled) return std::nullopt;
    return (*found)->quota;
}

}  // namespace accounts
