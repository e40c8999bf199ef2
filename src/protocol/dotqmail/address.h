#pragma once
// The addresses of one user, as .qmail files divide them: "ann-list-owner" is ann's, with the extension "list-owner".
// dot-qmail(5), qmail-command(8), addresses(5).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dotqmail {

/// A .qmail file that may be responsible, and which part of the extension its "default" stands for.
struct Candidate {
    std::string name;                 // in the home: ".qmail-list-default"
    std::optional<std::string> rest;  // "owner" of "list-owner"; none where the file is for the whole extension
    bool operator==(const Candidate&) const = default;
};

/// In the order in which they are looked for; the first that exists counts. `has_extension` tells "ann-" (an empty one)
/// from "ann".
std::vector<Candidate> candidates(std::string_view extension, bool has_extension);
/// ".qmail-list-owner" and ".qmail-list-owner-default" for the extension "list", which has no slash.
std::pair<std::string, std::string> owner_files(std::string_view extension, bool has_extension);

/// A recipient of mail for a user of this system.
struct Recipient {
    std::string user;
    std::string home;
    std::string local;                // "ann-list-owner"
    std::string host;                 // "example.org"
    std::string extension;            // "list-owner"
    std::optional<std::string> rest;  // Candidate::rest
    std::string sender;               // the reverse-path; empty: the null one
    std::string new_sender;           // what forwards are sent as
    std::string from_line;            // "From ann@… Mon Nov …", without an end
};

/// "NAME=value" for a program, sorted: SENDER, NEWSENDER, RECIPIENT, USER, HOME, HOST…4, LOCAL, EXT…4, DTLINE, RPLINE,
/// UFLINE; DEFAULT where there is a rest.
std::vector<std::string> environment(const Recipient& recipient);

/// Who forwards come from, where there is an owner: "list-owner@host", or as a variable reverse-path that is made out
/// for each recipient. The null reverse-path stays what it is, and so does qmail's "#@[]" of double bounces.
std::string new_sender(const Recipient& recipient, bool has_owner, bool has_owner_default);
/// "list-owner-@host-@[]" for bob@example.net: "list-owner-bob=example.net@host"; others unchanged.
std::string expand_sender(std::string_view sender, std::string_view recipient);

}  // namespace dotqmail
