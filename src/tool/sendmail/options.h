#pragma once
// The command line of sendmail, as far as it still means something; what qmail's and Postfix's sendmail ignore is
// ignored here too.
//
// Options end at "--" or at the first word that is none, so that a recipient never becomes an option unless a careless
// program puts it first. Hostile: PHP scripts pass on what a web form said; no option here runs, reads or writes
// anything
// (-C, -O and -X least of all).

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "smtp/envelope.h"

namespace sendmail {

enum class Mode : std::uint8_t {
    Submit,      // -bm
    Converse,    // -bs: SMTP on standard input and output
    ListQueue,   // -bp
    NewAliases,  // -bi, -I
};

struct Options {
    Mode mode = Mode::Submit;
    bool reads_recipients = false;                   // -t
    bool dot_ends = true;                            // not with -i, -oi
    bool is_quiet = false;                           // -oeq, -eq
    std::optional<std::string> sender;               // -f, -r
    std::string full_name;                           // -F
    std::uint8_t notify = smtp::notify_unspecified;  // -N
    smtp::Return ret = smtp::Return::Unspecified;    // -R
    std::string envelope_id;                         // -V
    smtp::BodyType body = smtp::BodyType::SevenBit;  // -B
    std::string configuration;                       // --config
    std::string control_socket;                      // --control-socket, of mailq
    bool wants_help = false;
    std::vector<std::string> recipients;
};

/// The words behind the command's name; or what is wrong with them.
std::expected<Options, std::string> parse_options(std::span<char* const> words);

}  // namespace sendmail
