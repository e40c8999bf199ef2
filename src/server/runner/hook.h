#pragma once
// The hook of [acme] as a program to run: pure.
//
// Hostile: acmed talks to strangers. Which program it is, and as whom it runs, is read from the configuration; what
// acmed adds is looked at here.

#include <expected>
#include <string>
#include <vector>

#include "acmed/inbox.h"
#include "deliver/inbox.h"
#include "runner/inbox.h"
#include "site/acme.h"

namespace runner {

struct Called {
    Run run;
    std::vector<std::string> words;
};

/// Or why it is not called.
std::expected<Called, std::string> call_of(const Hook& hook, const site::Acme& acme, bool is_privileged);
acmed::HookEnded outcome_of(const deliver::Ended& ended);

}  // namespace runner
