#pragma once
// Another program, run with the message that is our standard input.

#include <span>

namespace dotcommands {

constexpr int never = 100;
constexpr int not_now = 111;

/// The exit status of the program; `not_now` where it could not be started or was killed. The words go on with the
/// null pointer that ends a process's arguments.
int run_program(std::span<char*> words, int input = 0);

}  // namespace dotcommands
