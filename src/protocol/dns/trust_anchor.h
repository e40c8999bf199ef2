#pragma once
// Trust anchors as a zone file has them: what validation begins with. RFC 4034 §2.2 (DNSKEY), §5.3 (DS).

#include <string>
#include <string_view>

namespace dns {

/// One record a line, "example.org. IN DS 2371 13 2 6F39…", comments behind ';'. What is wrong, for people; empty: it
/// is a list of anchors, of one at least.
std::string trust_anchors_flaw(std::string_view text);

}  // namespace dns
