#include "spool/recent.h"

namespace spool {
namespace {

std::size_t footprint_of(const Envelope& envelope, const std::string& octets) {
    std::size_t footprint = sizeof(Recent::Message) + octets.capacity() + envelope.reverse_path.size() +
                            envelope.envelope_id.size() + envelope.origin.size();
    for (const Recipient& recipient : envelope.recipients)
        footprint += sizeof recipient + recipient.smtp.address.size() + recipient.smtp.original_recipient.size();
    return footprint;
}

}  // namespace

void Recent::keep(MessageId id, Envelope envelope, std::string octets) {
    forget(id);
    std::size_t footprint = footprint_of(envelope, octets);
    if (footprint > most_octets_) return;
    octets_ += footprint;
    messages_.push_back({id, std::move(envelope), std::move(octets), footprint});
    by_id_[id] = std::prev(messages_.end());
    while (octets_ > most_octets_) drop(messages_.begin());
}

const Recent::Message* Recent::find(MessageId id) const {
    auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &*found->second;
}

void Recent::forget(MessageId id) {
    if (auto found = by_id_.find(id); found != by_id_.end()) drop(found->second);
}

void Recent::drop(Messages::iterator message) {
    octets_ -= message->footprint;
    by_id_.erase(message->id);
    messages_.erase(message);
}

}  // namespace spool
