#include "aggregate/letter.h"

#include "aggregate/compression.h"
#include "fuzz.h"

// Anybody's message: what is found in it is unpacked in small pieces, and to an end.
FUZZ(message) {
    const auto attachment = aggregate::find_attachment(message);
    if (!attachment) return;
    VERIFY(attachment->size() <= message.size());
    constexpr std::uint64_t most = 1'000'000;
    aggregate::Unpacking unpacking(*attachment, most);
    std::uint64_t total = 0;
    for (auto piece = unpacking.next(); piece && !piece->empty(); piece = unpacking.next()) {
        VERIFY(piece->size() <= aggregate::piece_size);
        total += piece->size();
        VERIFY(total <= most);
    }
}
