#pragma once
// What an account is called by, however a client writes it. Whatever is kept of a name (tries that failed, the salt of
// somebody who does not exist) is kept by this: else each spelling would have tries of its own, and two of them would
// tell whether the account exists.

#include <string>
#include <string_view>

namespace directory {

/// Lower case, the domain as A-labels; without one it is `hostname`'s. Empty: nobody can be called so.
std::string account_name(std::string_view user, std::string_view hostname);

}  // namespace directory
