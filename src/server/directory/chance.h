#pragma once
// What nobody can guess: nonces of exchanges, and the secret behind what is shown of users who do not exist.

#include <array>
#include <cstdint>
#include <string>

namespace directory {

/// Printable ASCII without commas (RFC 5802 §7), 144 bits.
std::string make_nonce();

/// 128 bits.
std::array<std::uint64_t, 2> make_key();

/// Of this machine, the same after a restart: what /etc/machine-id says of it is not known outside. Where there is
/// none, another one each time.
std::string secret_of_machine();

}  // namespace directory
