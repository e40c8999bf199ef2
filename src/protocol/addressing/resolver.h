#pragma once
// From a recipient's address to where its mail goes, in one order that is always the same:
//
//   1. rewriting, where it is asked for: "user%there@here" is user@there
//   2. the domain: ours by name, by wildcard (".example.org") or as an address of this machine; or not: to be relayed
//   3. a domain that is the same as another: there, from 2 on
//      (of one that is relayed for anybody, only an alias of the whole address counts)
//   4. an alias of the whole address; then of its name alone, in domains of system users; then "list-owner-default" of
//      "list-owner-ann=example.net" (what variable senders come back to); then a pattern of the whole address
//   5. an account: a listed mailbox or one of the directory, or a user of this system
//   6. the same two without the extension ("ann+shop": "ann"), the longest name first
//   7. the domain's owner: "owner-user" of this system, from 2 on
//   8. the domain's catch-all, from 1 on
//   9. nobody
//
// An alias "list" beside which there is an alias "owner-list" or "list-owner" is a list with an owner: what goes
// through it leaves from the owner's address, so that errors come to him; and where there is "list-owner-default" too,
// each copy from an address of its own ("list-owner-ann=example.net").
//
// Every step is written down with the place where its rule stands, so that what `hermod explain` prints is what a
// delivery does. Pure: the tables are a Book.
//
// Hostile: addresses come from strangers; aliases may go round, and may multiply. An address is followed once for each
// recipient, and no further than `most_targets`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "addressing/entry.h"
#include "addressing/target.h"
#include "ip/address.h"
#include "smtp/path.h"
#include "smtp/reply.h"

namespace addressing {

/// Where a rule is written; nowhere: it is how things are.
struct Place {
    std::string file;
    std::uint32_t line = 0;  // 0: the file as a whole
    bool operator==(const Place&) const = default;
};
std::string to_text(const Place& place);  // "/etc/aliases:12"
Place parse_place(std::string_view text);

struct Alias {
    std::vector<Target> targets;
    Place place;
    bool is_senders_word = false;  // the domains it leads to stood in the address that was asked for
};

struct Domain {
    bool has_users = true;          // its recipients are users of this system; else those that are listed
    std::string delimiters;         // each begins an extension: "+-"; empty: there are none
    std::string same_as;            // another domain
    std::string owner;              // a user of this system
    std::string catch_all;          // an address
    bool has_instructions = false;  // its users say what happens to mail for each of their extensions
    bool is_relayed = false;        // its mail is passed on, whoever sends it; only aliases of whole addresses count
    Place place;
};

enum class Existence : std::uint8_t {
    No,
    Yes,
    Unknown,   // ask again later
    Disabled,  // it exists, and takes no mail
};

/// Who and what exists. Names and local parts are lower case, domains A-labels.
class Book {
public:
    virtual ~Book() = default;
    /// By its name; "sub.example.org" may be found as ".example.org". None: not ours.
    virtual Entry<Domain> domain(std::string_view name) const = 0;
    virtual bool is_own(const ip::Address& address) const = 0;
    /// "ann@example.org", or of any domain of system users: "ann".
    virtual Entry<Alias> alias(std::string_view name) const = 0;
    /// What a pattern makes of a whole address that no alias is for.
    virtual Entry<Alias> pattern(std::string_view) const { return nullptr; }
    /// What stands in a file of members; nullptr: it cannot be read.
    virtual const std::vector<Target>* members(std::string_view path) const = 0;
    virtual Existence mailbox(std::string_view local_part, std::string_view domain) const = 0;
    /// Where it is kept, of a mailbox that exists; nowhere: where its domain's are.
    virtual Place place_of_mailbox(std::string_view, std::string_view) const { return {}; }
    virtual Existence user(std::string_view name) const = 0;
    /// Whether what stands behind this delimiter is an extension of that mailbox; otherwise it is another address. Its
    /// existence is asked for as ever.
    virtual bool takes_extension(std::string_view /*local_part*/, std::string_view /*domain*/,
                                 char /*delimiter*/) const {
        return true;
    }
};

struct Rules {
    std::string hostname;              // A-labels; the domain of bare names and of the users of this system
    std::vector<std::string> percent;  // domains in which "user%there@here" is rewritten
};

/// What was looked at, and what came of it: "alias", "leads to ann@example.org, bob@example.net".
struct Step {
    std::string address;
    std::string finding;
    Place place;
    bool operator==(const Step&) const = default;
};

struct Delivery {
    enum class Kind : std::uint8_t {
        Mailbox,  // of a user of this system, or a listed one
        Relay,    // another server's
        Program,
        File,
        Folder,
        Nobody,  // it does not exist: the sender is to be told
    };
    Kind kind = Kind::Nobody;
    smtp::Mailbox address;    // the recipient; of a program or file: the alias that has it
    std::string account;      // of Mailbox: the user, or "ann@virtual.example"
    std::string extension;    // without the delimiter
    std::string text;         // of Program, File, Folder
    std::string sender = {};  // of what goes there, unless it comes from nobody; empty: who sent the message

    bool operator==(const Delivery&) const = default;
};
std::string to_text(const Delivery& delivery);
bool is_target(const Delivery& delivery);           // Program, File, Folder
std::string target_text(const Delivery& delivery);  // of these, as a file of aliases has it

/// Addresses that lead to one another, each with the rule by which it leads to the next, the last one to the first.
using Round = std::vector<Step>;
std::string to_text(const Round& round);  // "a@x (file:1) leads to b@x (file:2) leads to a@x"

struct Resolution {
    std::vector<Step> steps;
    std::vector<Round> rounds;         // none of them is followed twice
    std::vector<Delivery> deliveries;  // nobody twice; empty where refused
    smtp::Reply reply;  // 250 2.1.5; 550 5.1.1 nobody; 550 5.2.1 disabled; 550 5.4.6 it goes round; 451 4.3.0 later
    bool is_foreign = false;  // the address itself is not ours: only for those who may relay

    /// How each delivery came about: the steps that led from one to the next, the last one first.
    struct Visit {
        std::size_t step = 0;
        std::size_t from = 0;  // the visit before; its own number: there was none
    };
    std::vector<Visit> visits;
    std::vector<std::size_t> visit_of;  // of each delivery
};

constexpr std::size_t most_targets = 100'000;
constexpr std::size_t longest_chain = 100;

/// The steps that led to a delivery, in order.
std::vector<Step> path_to(const Resolution& resolution, std::size_t delivery);

/// The address as smtp::parse_mailbox reads it, or without a domain.
Resolution resolve(const Book& book, const Rules& rules, const smtp::Mailbox& address);
/// The mailbox itself, as if it were written "\\address": for a recipient that was resolved before. In a domain that
/// belongs to ann her name is in front by now: "ann-info@virtual.example".
Resolution resolve_mailbox(const Book& book, const Rules& rules, const smtp::Mailbox& address);

}  // namespace addressing
