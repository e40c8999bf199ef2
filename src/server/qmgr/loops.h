#pragma once
// Mail that goes round in circles. RFC 5321 §6.3; the Delivered-To rule is qmail's and Postfix's.
//
// Two signs: a message that has passed through more servers than any real route has, counted by its Received and
// Delivered-To fields; and one that carries the mark of having been delivered to this very mailbox before. Both are
// judged here and nowhere else, when the message comes in.

#include <cstdint>
#include <string>
#include <string_view>

#include "file/disk.h"
#include "qmgr/settings.h"
#include "spool/spool.h"

namespace qmgr {

/// The header of a message; at most smtp::largest_header octets of it.
std::string_view header_of(std::string_view message);
file::Result<std::string> header_of(const file::OpenFile& message);

/// What becomes of a recipient for whom a message goes round. To deliver it all the same ends the circle in a mailbox
/// of ours only: another server would send it on, and where that one has no limit it goes round for ever.
LoopPolicy policy_for(const spool::Recipient& recipient, LoopPolicy policy);

class Circles {
public:
    Circles(std::string_view header, std::uint32_t max_hops);

    /// For everybody.
    bool has_too_many_hops() const { return hops_ >= max_hops_; }
    /// It was in this mailbox of ours before; recipients elsewhere are their servers' business.
    bool closes_at(const spool::Recipient& recipient) const;
    /// For the log.
    std::string reason() const;

private:
    std::size_t hops_ = 0;
    std::uint32_t max_hops_;
    std::string
        marks_;  // Hostile: only the Delivered-To fields, so that a thousand recipients do not read a megabyte each
};

}  // namespace qmgr
