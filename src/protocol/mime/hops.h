#pragma once
// The way a message has come, as its Received fields tell it. RFC 5321 §4.4.
//
// Hostile: every server on the way may have written what it liked, and so may the sender. What comes out is for people,
// and for comparing with what we know ourselves.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/date.h"

namespace mime {

/// One Received field: the first word behind each of its names.
struct Hop {
    std::string from;
    std::string by;
    std::string with;
    std::string id;
    std::string recipient;  // "for"
    std::optional<Date> date;
    bool operator==(const Hop&) const = default;
};
Hop parse_hop(std::string_view received);

constexpr std::size_t most_hops = 1000;

/// The newest first, as they stand.
std::vector<Hop> hops_of(std::string_view header);

/// The ids by which a server of that name took the message, the newest first; only those behind which another server
/// had it, and which are no older than the last time a person sent it anew (RFC 5322 §3.6.6).
std::vector<std::string> earlier_ids(std::string_view header, std::string_view hostname);

/// For a log, the oldest first: "mx.example.org 2026-01-02T03:04:05Z 01ABC; mail.example.net 2026-…". At most the last
/// twenty; what is no name of a host is written with "?".
std::string to_line(const std::vector<Hop>& hops);
/// Such a line as a drawing, a line for each hop with the time since the one before.
std::string drawing_of(std::string_view line, std::string_view indent);

}  // namespace mime
