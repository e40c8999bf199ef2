#pragma once
// Messages just accepted, kept in memory because their first attempt follows at once. The oldest go first.

#include <cstdint>
#include <list>
#include <unordered_map>

#include "spool/spool.h"

namespace spool {

class Recent {
public:
    explicit Recent(std::size_t most_octets) : most_octets_(most_octets) {}

    struct Message {
        MessageId id = 0;
        Envelope envelope;
        std::string octets;
        std::size_t footprint = 0;
    };

    void keep(MessageId id, Envelope envelope, std::string octets);
    const Message* find(MessageId id) const;
    void forget(MessageId id);
    std::size_t octets() const { return octets_; }

private:
    using Messages = std::list<Message>;
    void drop(Messages::iterator message);

    std::size_t most_octets_;
    std::size_t octets_ = 0;
    Messages messages_;  // oldest first
    std::unordered_map<MessageId, Messages::iterator> by_id_;
};

}  // namespace spool
