#pragma once
// How full a mailbox may be, and how full it is: the Maildir++ quota (maildirquota.html of Courier), in the file
// `maildirsize`, which Courier, Dovecot and others read and write too.
//
// Its first line is the quota, "10000000S,1000C" (octets, messages); each other line adds "<octets> <messages>" to the
// usage, so that a delivery only appends a line. Whoever finds it long, foreign or strange counts the mailbox anew.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailbox {

struct Quota {
    std::uint64_t bytes = 0;     // 0: no limit
    std::uint64_t messages = 0;  // 0: no limit
    bool is_limited() const { return bytes != 0 || messages != 0; }
    bool operator==(const Quota&) const = default;
};

struct Usage {
    std::int64_t bytes = 0;
    std::int64_t messages = 0;
    bool operator==(const Usage&) const = default;
};

/// Whether one more message of that size fits.
bool fits(const Quota& quota, const Usage& usage, std::uint64_t size);

struct SizeFile {
    Quota quota;
    Usage usage;
    std::size_t lines = 0;  // of usage
    bool operator==(const SizeFile&) const = default;
};

/// Longer than this, the file is to be written anew.
constexpr std::size_t longest_size_file = 5120;

/// Hostile: the owner may write anything into it; what is not understood is no size file.
std::optional<SizeFile> parse_size_file(std::string_view text);
std::string quota_line(const Quota& quota);
std::string usage_line(const Usage& usage);

}  // namespace mailbox
