#pragma once
// `sendmail`, as local programs have called it for forty years: mail readers, cron, PHP, mailing list programs. It
// writes the message into the drop directory (doc/format/drop.md) and is done, whether the server runs or not.

#include <span>

namespace sendmail {

/// Also by the name of sendmail. The exit status is one of sysexits.h.
int run(std::span<char*> arguments);
/// mailq: the queue.
int run_mailq(std::span<char*> arguments);
/// newaliases: there is nothing to rebuild.
int run_newaliases(std::span<char*> arguments);

}  // namespace sendmail
