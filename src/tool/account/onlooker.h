#pragma once
// Looks for circles beyond the directory's own: through routes, and what users say in their homes, as `hermod check`
// does. The command that changes the directory has become the user to whom that belongs by then, and cannot see into
// homes; so this is a child that stays who called it.

#include <sys/types.h>

#include <string>

#include "file/descriptor.h"

namespace account {

class Onlooker {
public:
    /// Before the directory is opened.
    explicit Onlooker(std::string configuration);
    /// Without a word to it, it ends.
    ~Onlooker();
    Onlooker(const Onlooker&) = delete;
    Onlooker& operator=(const Onlooker&) = delete;

    /// After the change: says on standard error where mail for the address would go round.
    void look_at(const std::string& address);

private:
    file::Descriptor order_;
    pid_t child_ = -1;
};

}  // namespace account
