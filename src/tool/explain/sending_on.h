#pragma once
// What becomes of a sender where its mail is sent on: whether it is rewritten, and why.

#include <string>

#include "directory/explain.h"

namespace explain {

struct SendingOn {
    bool is_rewritten = false;
    std::string because;
};

/// Asks the DNS where the server would. `configuration` is its text.
SendingOn explain_sending_on(const std::string& configuration, const directory::Explanation& explained,
                             const std::string& reverse_path);

}  // namespace explain
