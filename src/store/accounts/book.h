#pragma once
// Who exists, by the configuration and by the directory, as one Book. What the configuration says counts first; what it
// only presumes (that root's mail is postmaster's, and postmaster's that of the setting) counts last.

#include <string>
#include <string_view>
#include <vector>

#include "accounts/records.h"
#include "addressbook/configured_book.h"
#include "addressing/resolver.h"

namespace accounts {

/// All of them must outlive it.
class Book final : public addressing::Book {
public:
    Book(const addressbook::ConfiguredBook& configured, Records& records, Lists* lists = nullptr)
        : configured_(configured), records_(records), lists_(lists) {}

    addressing::Entry<addressing::Domain> domain(std::string_view name) const override;
    bool is_own(const ip::Address& address) const override { return configured_.is_own(address); }
    addressing::Entry<addressing::Alias> alias(std::string_view name) const override;
    addressing::Entry<addressing::Alias> pattern(std::string_view address) const override {
        return configured_.pattern(address);
    }
    const std::vector<addressing::Target>* members(std::string_view path) const override {
        return configured_.members(path);
    }
    addressing::Existence mailbox(std::string_view local_part, std::string_view domain) const override;
    addressing::Place place_of_mailbox(std::string_view local_part, std::string_view domain) const override;
    addressing::Existence user(std::string_view name) const override { return configured_.user(name); }
    /// What stands behind a list's name and "-" is for the list to say: it knows all the addresses beside it.
    bool takes_extension(std::string_view local_part, std::string_view domain, char delimiter) const override;

    const addressbook::ConfiguredBook& configured() const { return configured_; }
    const addressing::Rules& rules() const { return configured_.rules(); }
    /// Whether it is a mailing list, and no mailbox.
    std::expected<bool, Error> is_list(std::string_view local_part, std::string_view domain) const;
    /// The quota of a mailbox, in octets; none: there is no such mailbox.
    Found<std::uint64_t> quota(std::string_view local_part, std::string_view domain) const;

private:
    addressing::Entry<addressing::Alias> alias_of_directory(std::string_view name) const;

    const addressbook::ConfiguredBook& configured_;
    Records& records_;
    Lists* lists_;  // nullptr: there are none
};

/// Where a rule of the directory stands, or of a source outside: "directory: alias info@example.org".
addressing::Place place_of(std::string_view kind, std::string_view name, std::string_view source = {});

}  // namespace accounts
