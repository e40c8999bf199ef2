#pragma once
// Messages that passed through here lately, and for whom: how one is known that another server brings back, even where
// it took the marks away that we left. Volatile: after a restart a circle is known one round later.

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spool/spool.h"

namespace qmgr {

class Passages {
public:
    /// How many messages are remembered; the oldest are forgotten first.
    void remember(std::size_t most);
    void note(spool::MessageId id, std::string_view message_id, const std::vector<spool::Recipient>& recipients);

    /// Whether that message, known by its Message-ID too, was for exactly such recipients as are all here again. One
    /// that is back for some of them only may have come by way of the others: that is no circle.
    bool is_back(spool::MessageId id, std::string_view message_id,
                 const std::vector<spool::Recipient>& recipients) const;
    /// Of a message that is_back(): whether it was for this recipient.
    bool was_for(spool::MessageId id, const spool::Recipient& recipient) const;

private:
    struct Passage {
        std::uint64_t message_id = 0;
        std::vector<std::uint64_t> recipients;  // sorted
    };
    void forget_oldest();

    std::size_t most_ = 0;
    std::unordered_map<spool::MessageId, Passage> known_;
    std::deque<spool::MessageId> order_;
};

}  // namespace qmgr
