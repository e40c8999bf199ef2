#include "qmgr/loops.h"

#include <algorithm>

#include <fmt/format.h>

#include "lang/try.h"
#include "mime/header.h"
#include "smtp/limits.h"

namespace qmgr {

std::string_view header_of(std::string_view message) {
    return message.substr(0, std::min(mime::divide(message).header, smtp::largest_header));
}

file::Result<std::string> header_of(const file::OpenFile& message) {
    std::string start;
    for (std::size_t length = 64 * 1024; length <= smtp::largest_header; length *= 4) {
        start = TRY(message.read_at(0, length));
        const auto division = mime::divide(start);
        if (division.has_empty_line || start.size() < length) {
            start.resize(division.header);
            return start;
        }
    }
    return start;
}

LoopPolicy policy_for(const spool::Recipient& recipient, LoopPolicy policy) {
    const bool has_no_mailbox = recipient.transport != spool::Transport::Local;
    return policy == LoopPolicy::Deliver && has_no_mailbox ? LoopPolicy::Bounce : policy;
}

Circles::Circles(std::string_view header, std::uint32_t max_hops) : max_hops_(max_hops) {
    const auto hops = mime::count_hops(header);
    hops_ = hops.received + hops.delivered_to;
    if (hops.delivered_to == 0) return;
    mime::FieldScanner fields(header);
    while (const auto field = fields.next())
        if (field->is("Delivered-To")) marks_ += field->whole;
}

bool Circles::closes_at(const spool::Recipient& recipient) const {
    return recipient.transport == spool::Transport::Local && !marks_.empty() &&
           mime::has_delivered_to(marks_, recipient.smtp.address);
}

std::string Circles::reason() const {
    if (!has_too_many_hops()) return "the message was here before";
    return fmt::format("{} trace fields, and max_hops is {}", hops_, max_hops_);
}

}  // namespace qmgr
