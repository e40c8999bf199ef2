#pragma once
// Where an alias leads: the right-hand side of aliases(5), as Sendmail and Postfix write it.
//
//   ann, bob@example.net                  addresses; without a domain: of this system
//   \ann                                  ann's own mailbox, whatever other aliases say
//   |/usr/bin/prog arg, "|prog a,b"       a program that reads the message
//   /var/mail/archive, /srv/list/         an mbox file; a Maildir, with a slash at its end
//   :include:/etc/mail/members            the targets that stand in that file
//
// Hostile: a file of members may be edited by people who may do nothing else. What comes out is an address, or an
// absolute path without "..", or a command; who may use the latter two is for others to say.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace addressing {

struct Target {
    enum class Kind : std::uint8_t {
        Address,  // "ann@example.org", canonical (smtp::to_text); or a bare name: of this system
        Mailbox,  // the same, written "\ann": no alias is looked at any more
        Program,  // the command, without "|"
        File,     // an mbox
        Folder,   // a Maildir, without the slash at its end
        Include,  // a path
    };
    Kind kind = Kind::Address;
    std::string text;

    bool operator==(const Target&) const = default;
};
/// As it would be written in a file of aliases.
std::string to_text(const Target& target);

struct TargetError {
    std::size_t offset = 0;  // of the target in the list
    std::string problem;
    bool operator==(const TargetError&) const = default;
};

constexpr std::size_t longest_target = 4096;

/// One target.
std::expected<Target, std::string> parse_target(std::string_view text);
/// Several, with commas between them.
std::expected<std::vector<Target>, TargetError> parse_targets(std::string_view list);

}  // namespace addressing
