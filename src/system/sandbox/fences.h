#pragma once
// The single fences that sandbox::enter() raises, in the order in which they must be. Each returns the bits of Fence
// that could not be raised here.

#include <cstdint>

#include "sandbox/sandbox.h"

namespace sandbox {

std::uint32_t set_limits(const Policy& policy, const process::Inheritance& given);
std::uint32_t change_root(const Policy& policy, const process::Inheritance& given);
std::uint32_t change_user(const Policy& policy, const process::Inheritance& given);
std::uint32_t forbid_new_privileges();
std::uint32_t restrict_files_and_network(const Policy& policy, const process::Inheritance& given);
std::uint32_t restrict_system_calls(const Policy& policy);

constexpr std::uint32_t bit(Fence fence) { return static_cast<std::uint32_t>(fence); }
constexpr bool allows(const Policy& policy, May what) { return policy.may & static_cast<std::uint32_t>(what); }

}  // namespace sandbox
