#pragma once
// The head of a file in the drop directory: the envelope of a message that a local program hands in through `sendmail`.
// doc/format/drop.md. Written as a client would say it, so that one grammar (RFC 5321 §4.1.1, smtp/command.h) reads
// both:
//
//   HERMOD-DROP 1
//   NAME Joe Q. Public
//   MAIL FROM:<joe> RET=HDRS
//   RCPT TO:<alice@example.org> NOTIFY=FAILURE
//   RCPT TO:<root>
//   DATA
//   the message, as it came, to the end of the file
//
// A line "FORWARD" instead of NAME says that the message has been mail already: it is passed on as it is. "LIST" says
// the same of what a mailing list sends in its own name, and may be signed like what our people write.
//
// Hostile: any local user can put anything here. Who they are is not in the file but its owner.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "smtp/envelope.h"

namespace drop {

enum class Kind : std::uint8_t {
    Own,      // written here
    Forward,  // passed on by its recipient's instructions: nothing of it is repaired
    List,     // passed on likewise, with a list's own address in From
};

struct Envelope {
    smtp::Envelope smtp;
    std::string name;  // of the submitter, for a From field that is missing; may be empty
    Kind kind = Kind::Own;

    bool is_passed_on() const { return kind != Kind::Own; }
    bool operator==(const Envelope&) const = default;
};

struct Error {
    enum class Code {
        Incomplete,  // no DATA line yet: read on, or the file was never finished
        NotADrop,    // another first line, perhaps of a later version
        BadLine,     // neither NAME, FORWARD, LIST, MAIL, RCPT nor DATA, or in the wrong place
        BadSender,
        BadRecipient,
        NoRecipient,
        TooManyRecipients,
        TooLong,
    };
    Code code;
    std::size_t line = 0;  // the first is 1
    std::string text;      // what the grammar says of it
    bool operator==(const Error&) const = default;
};
std::string_view describe(Error::Code code);

struct Head {
    Envelope envelope;
    std::size_t size = 0;  // octets; the message follows
    bool operator==(const Head&) const = default;
};

constexpr std::size_t most_recipients = 10'000;
constexpr std::size_t longest_head = 4 * 1024 * 1024;

/// Addresses without a domain ("root") get `domain`. Repeated recipients count once.
std::expected<Head, Error> parse_head(std::string_view file, std::string_view domain);
/// DATA line included. parse_head() undoes it.
std::string to_text(const Envelope& envelope);

/// "user" becomes "user@domain"; what has a domain stays.
std::string completed(std::string_view address, std::string_view domain);

}  // namespace drop
