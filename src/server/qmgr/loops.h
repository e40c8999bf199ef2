#pragma once
// Mail that goes round in circles. RFC 5321 §6.3; the Delivered-To rule is qmail's and Postfix's.
//
// Three signs: a message that has passed through more servers than any real route has, counted by its Received and
// Delivered-To fields; one that carries the mark of having been delivered to this very mailbox before; and one that
// another server brings back for the recipients it had when it was here (passages.h), as our own queue id in its trace
// tells. All are judged here and nowhere else, when the message comes in.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file/disk.h"
#include "qmgr/passages.h"
#include "qmgr/settings.h"
#include "spool/spool.h"

namespace qmgr {

/// The header of a message; at most smtp::largest_header octets of it.
std::string_view header_of(std::string_view message);
file::Result<std::string> header_of(const file::OpenFile& message);

/// What becomes of a recipient for whom a message goes round: by the address that was asked for, by where it led, by
/// their domains, by the server. To deliver it all the same ends the circle in a mailbox of ours only: another server
/// would send it on, and where that one has no limit it goes round for ever.
LoopRule rule_for(const spool::Recipient& recipient, const Settings& settings);
/// In its place: the mailbox in which the circle ends.
spool::Recipient mailbox_for(const spool::Recipient& recipient, const LoopRule& rule);

class Circles {
public:
    Circles(std::string_view header, std::uint32_t max_hops);
    /// The message has these recipients now; `hostname` is ours.
    void look_back(std::string_view header, std::string_view hostname, const Passages& passages,
                   const std::vector<spool::Recipient>& recipients);

    /// For everybody.
    bool has_too_many_hops() const { return hops_ >= max_hops_; }
    /// It was in this mailbox of ours before (recipients elsewhere are their servers' business), or comes back for this
    /// recipient.
    bool closes_at(const spool::Recipient& recipient) const;
    /// For the log.
    std::string reason() const;
    /// The message as which it was here before; 0: that is not known.
    spool::MessageId earlier() const { return earlier_; }

private:
    const Passages* passages_ = nullptr;
    spool::MessageId earlier_ = 0;
    std::size_t hops_ = 0;
    std::uint32_t max_hops_;
    std::string
        marks_;  // Hostile: only the Delivered-To fields, so that a thousand recipients do not read a megabyte each
};

}  // namespace qmgr
