#pragma once
// What the directory says of domains, accounts and aliases: the part of who exists that is made by command. Names are
// canonical: lower case, domains as A-labels. A seam: tests have their own.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/error.h"
#include "addressing/target.h"

namespace accounts {

struct Domain {
    std::string name;
    std::string same_as;           // another domain
    std::string catch_all;         // an address
    std::string delimiters = "+";  // each begins an extension
    std::int64_t created = 0;      // seconds since 1970, as all times here

    bool operator==(const Domain&) const = default;
};

struct Account {
    std::string address;      // "ann@virtual.example"
    std::uint64_t quota = 0;  // octets; 0: the server's own
    bool is_disabled = false;
    std::int64_t created = 0;
    std::string source = {};  // where it is kept, for people; empty: here

    bool operator==(const Account&) const = default;
};

struct Alias {
    std::string name;  // "info@example.org", or in all domains of system users: "info"
    std::vector<addressing::Target> targets;
    std::int64_t created = 0;
    std::string source = {};

    bool operator==(const Alias&) const = default;
};

/// An error is never "no": whoever asks must ask again later.
template <typename T>
using Found = std::expected<std::optional<T>, Error>;

class Records {
public:
    virtual ~Records() = default;
    virtual Found<Domain> domain(std::string_view name) = 0;
    virtual Found<Account> account(std::string_view address) = 0;
    virtual Found<Alias> alias(std::string_view name) = 0;
};

/// A directory that was never made.
class NoRecords final : public Records {
public:
    Found<Domain> domain(std::string_view) override { return std::nullopt; }
    Found<Account> account(std::string_view) override { return std::nullopt; }
    Found<Alias> alias(std::string_view) override { return std::nullopt; }
};

/// Mailing lists, which are kept elsewhere.
class Lists {
public:
    virtual ~Lists() = default;
    /// An address of a list, or one beside it: "dev@example.org", "dev-request@example.org".
    virtual std::expected<bool, Error> has(std::string_view local_part, std::string_view domain) = 0;
};

}  // namespace accounts
