#include "spool/checkpoint.h"

#include "fuzz.h"

namespace {

constexpr std::size_t frame = 8;  // before the content of a block

std::string written(const std::vector<spool::CheckpointMessage>& messages) {
    spool::Ledger ledger;
    for (const auto& message : messages) ledger.accept(message.accept, message.where);
    spool::CheckpointBlocks blocks({});
    return blocks.messages(ledger, 0, ledger.index().slots()).substr(frame);
}

}  // namespace

// What is read can be put into a ledger, and what a ledger writes reads as the same.
FUZZ(input) {
    auto messages = spool::parse_checkpoint_messages(input);
    if (!messages) return;
    std::string first = written(*messages);
    auto again = spool::parse_checkpoint_messages(first);
    VERIFY(again.has_value());
    VERIFY(written(*again) == first);
}
