#pragma once
// What a program writes to `sendmail -bs`. In SMTP lines end in CRLF (RFC 5321 §2.3.8); programs on this side of the
// pipe also end theirs as files do, in LF. Which it is, the first line says, and it holds for the session.
//
// Hostile: a program that speaks proper SMTP may pass on a stranger's text. Were LF taken for a line's end there, or CR
// anywhere, a dot between two of them would end the message, and the rest would be commands. Octets of BDAT are given
// as they came: they are counted (RFC 3030 §2).

#include <cstdint>
#include <string>

namespace sendmail {

class LineInput {
public:
    explicit LineInput(int descriptor) : descriptor_(descriptor) {}

    /// Appends the rest of one line, or the part of it that is there. Where lines end in LF it is given as CRLF. False:
    /// the input is over.
    bool take_line(std::string& out);
    /// Appends at least one octet, at most `most`. False: the input is over.
    bool take_octets(std::uint64_t most, std::string& out);

    /// Known once a line was taken.
    bool ends_lines_in_lf() const { return ends_ == Ends::Lf; }

private:
    enum class Ends : std::uint8_t { Unknown, CrLf, Lf };
    bool fill();

    int descriptor_;
    std::string buffer_;
    std::size_t taken_ = 0;  // of the buffer
    Ends ends_ = Ends::Unknown;
    bool after_cr_ = false;
};

}  // namespace sendmail
