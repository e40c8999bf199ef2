#pragma once
// The message as a program writes it to sendmail's standard input: its end is the end of the input, or a line with a
// lone dot unless -i says that dots are text.

#include <cstddef>
#include <string>
#include <string_view>

namespace sendmail {

/// Finds the lone dot in what goes by.
class DotEnd {
public:
    /// The part of `piece` that belongs to the message is appended to `out`; true: the dot was found, what follows is
    /// nobody's.
    bool take(std::string_view piece, std::string& out);
    /// The input is over: what was held back is text.
    void finish(std::string& out);

private:
    std::string line_;  // the line under way, as long as it may become the dot: "", ".", ".\r"
    bool at_start_ = true;
};

}  // namespace sendmail
