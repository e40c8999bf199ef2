#pragma once
// PAM (pam(3)): the modules that say who the users of this system are. For a child that ends afterwards; modules may
// block, leak, or crash.

#include <string>

#include "authd/inbox.h"

namespace authd {

struct PamAnswer {
    int status = 0;   // as verdict.h has it
    std::string why;  // where that is neither yes nor no: for the log, without anything of the client's
};

/// Is this his password, and may he log in now (pam_authenticate, pam_acct_mgmt)? `confdir`: where the service's file
/// is; empty: where the system has it.
PamAnswer ask_pam(const std::string& service, const Check& check, const std::string& confdir = {});

}  // namespace authd
