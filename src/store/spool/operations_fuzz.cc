#include "spool/operations.h"

#include "fuzz.h"
#include "lang/overloaded.h"

namespace {

std::string encode(const std::vector<spool::OperationRecord>& operations) {
    std::string octets;
    spool::Writer out(octets);
    for (const auto& operation : operations) std::visit([&](const auto& any) { write(out, any); }, operation);
    return octets;
}

}  // namespace

// Whatever is accepted is written down and read again as the same; tasks cover the recipients; nobody outside waits.
FUZZ(input) {
    if (auto envelope = spool::parse_envelope(input))
        VERIFY(spool::parse_envelope(spool::encode_envelope(*envelope)) == envelope);
    if (auto abort = spool::parse_abort(input)) VERIFY(spool::encode(*abort) == input);
    auto operations = spool::parse_operations(input);
    if (!operations) return;
    std::string first = encode(*operations);
    auto again = spool::parse_operations(first);
    VERIFY(again && again->size() == operations->size());
    VERIFY(encode(*again) == first);
    for (const auto& operation : *operations) {
        const auto* accept = std::get_if<spool::AcceptRecord>(&operation);
        if (!accept) continue;
        std::uint32_t covered = 0;
        for (const auto& [task, diagnostic] : accept->tasks) {
            VERIFY(task.first == covered && (task.pending & ~spool::everybody(task.count)) == 0);
            covered += task.count;
        }
        VERIFY(covered == accept->recipients);
    }
}
