#pragma once
// What would be thought of a sender: SPF of HELO and of the reverse-path, and what the client would hear at RCPT.

#include <string>

namespace explain {

/// As it was written on the command line.
struct Sender {
    std::string client;
    std::string helo;
    std::string reverse_path;
    std::string recipient;  // who weighs it; empty: one whose domain has no settings of its own
};

/// The exit status: 0 mail would be taken, 1 refused, 75 put off, 2 misused.
int explain_sender(const std::string& configuration, const Sender& sender, bool json);

}  // namespace explain
