#pragma once
// The programs that .qmail files call, under the names that qmail gave them: forward(1), condredirect(1),
// bouncesaying(1), except(1), preline(1), maildirmake(1); and vacation(1). They run as the user, with the message on
// standard input and what dot-qmail(5) puts into the environment; existing files go on working.

#include <span>
#include <string_view>

namespace dotcommands {

/// Exit statuses are qmail-command(8)'s: 0 done, 99 done and the rest of the file is passed over, 100 never, 111 not
/// now.
int forward(std::span<char*> arguments);
int condredirect(std::span<char*> arguments);
int bouncesaying(std::span<char*> arguments);
int except(std::span<char*> arguments);
int preline(std::span<char*> arguments);
int maildirmake(std::span<char*> arguments);
/// 0: answered or not to be; 111: its options or its text must be mended first.
int vacation(std::span<char*> arguments);
/// "set", "clear", "show": of an account instead. 0 done, 1 no such account, 2 misused, 75 try again later.
bool is_for_account(std::string_view word);
int vacation_of_account(std::span<char*> arguments);

}  // namespace dotcommands
