#pragma once
// Numbers of the DNS packet that reading and writing share. RFC 1035 §4.1.1, RFC 4035 §3.2.3, RFC 6891 §6.1.

#include <cstdint>

#include "dns/record.h"

namespace dns {

constexpr std::uint16_t class_in = 1;
constexpr Type type_opt = Type(41);  // RFC 6891 §6.1.1
constexpr std::uint16_t flag_response = 0x8000;
constexpr std::uint16_t flag_truncated = 0x0200;
constexpr std::uint16_t flag_recursion_desired = 0x0100;
constexpr std::uint16_t flag_recursion_available = 0x0080;
constexpr std::uint16_t flag_authentic_data = 0x0020;
constexpr std::uint16_t rcode_bits = 0x000f;
constexpr std::uint16_t udp_size = 1232;
constexpr std::uint32_t dnssec_ok = 0x8000;  // RFC 3225 §3, in the TTL of OPT

}  // namespace dns
