#pragma once
// A .qmail file: what a user wants done with mail for one of his addresses. dot-qmail(5) of qmail and its successors.
//
//   # a comment
//   |program with arguments        for sh; the message is its standard input
//   &ann@example.org               a copy to that address; "&" may go where a letter or digit follows
//   ./Mailbox, /home/ann/Mailbox   an mbox file
//   ./Maildir/                     a Maildir, by the slash at its end
//   +list                          from here on only forwards are allowed
//
// Pure: it is read here, and carried out elsewhere. Hostile: users write these files, and others may have got at them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dotqmail {

constexpr std::size_t longest_file = 256 * 1024;
constexpr std::size_t most_instructions = 10'000;

struct Instruction {
    enum class Kind : std::uint8_t { Program, Forward, Mbox, Maildir };
    Kind kind = Kind::Forward;
    std::string text;  // the command, the address, the path; of a Maildir without the slash at its end

    bool operator==(const Instruction&) const = default;
};

struct Instructions {
    std::vector<Instruction> list;
    /// Why nothing may be done (yet): words for the log and the sender. Empty: all is well. The user may mend it, so
    /// the mail waits.
    std::string flaw;
    /// The file has no octets: as if there were none.
    bool is_empty = false;

    bool operator==(const Instructions&) const = default;
};

/// `forwards_only`: the file has the x bit, which says the same as "+list" on top.
Instructions parse(std::string_view file, bool forwards_only);

/// What the end of a program means.
enum class Verdict : std::uint8_t {
    Done,    // go on with the next instruction
    Last,    // done, and the instructions that follow are passed over
    Never,   // the mail is returned
    NotNow,  // it is tried again later
};
Verdict verdict_of(int exit_status);

}  // namespace dotqmail
