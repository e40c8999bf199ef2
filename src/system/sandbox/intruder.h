#pragma once
// What somebody who broke into a process would try first. For tests: each attempt runs in a child that has raised the
// fences of a policy, and is judged from outside.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sandbox/sandbox.h"

namespace sandbox {

constexpr int worked = 0;
constexpr int killed = -1;  // by seccomp

/// errno of one attempt behind the fences, or `worked`, or `killed`.
int attempt(const Policy& policy, process::Inheritance& given, const std::function<int()>& what);

/// "open /etc/passwd", "connect", "execve", … with their outcomes.
std::map<std::string, int, std::less<>> intrude(const Policy& policy, process::Inheritance& given);

/// The value of a field of /proc/PID/status for a process behind the fences, read from outside: "Seccomp", "CapEff".
std::string status_of_fenced(const Policy& policy, process::Inheritance& given, std::string_view field);

/// As master would start a role: under an own user with an empty root where we are root, else as we are.
process::Inheritance as_started_by_master();

}  // namespace sandbox
