#pragma once
// A resource record as a line of a zone file, for NSD and BIND. RFC 1035 §5.1.
//
// Pure. Text is cut into strings of at most 255 octets (§3.3.14); what is not printable ASCII is written as \DDD.

#include <string>
#include <string_view>

namespace dns {

/// `name`: without the last dot, in full. `data`: as it stands in the file.
std::string zone_line(std::string_view name, std::string_view type, std::string_view data);
/// A TXT record.
std::string zone_line(std::string_view name, std::string_view text);

}  // namespace dns
