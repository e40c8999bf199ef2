// How a journal spool begins its life: everything that blocks, before the event loop runs.

#include <fmt/format.h>

#include "lang/try.h"
#include "spool/journal_spool.h"

namespace spool {

Opened<std::unique_ptr<JournalSpool>> JournalSpool::open(const Surroundings& surroundings, const Options& options) {
    Layout layout = TRY(open_layout(surroundings.disk, surroundings.clock));
    Ledger ledger;
    Recovered recovered = TRY(recover(surroundings.disk, layout, ledger, surroundings.on_report));
    if (auto recorded = record_start(surroundings.disk, recovered.start); !recorded)
        return std::unexpected(recorded.error());
    auto unconfirmed = std::move(recovered.unconfirmed);
    std::unique_ptr<JournalSpool> spool(
        new JournalSpool(surroundings, options, std::move(layout), std::move(recovered), std::move(ledger)));
    if (auto begun = spool->begin(std::move(unconfirmed)); !begun) return std::unexpected(begun.error());
    return spool;
}

Opened<void> JournalSpool::begin(std::vector<Draft> unconfirmed) {
    adopt_spares();
    for (Draft& draft : unconfirmed) journal_.submit(std::move(draft), Journal::Urgency::WithNext);
    static_cast<void>(journal_.write_now());
    if (journal_.is_broken()) return std::unexpected(Refusal{Refusal::Reason::Disk, "the journal cannot be written"});
    if (!is_settled())  // nothing could be recorded, and every message would be delivered once more at the next start
        return std::unexpected(
            Refusal{Refusal::Reason::Disk,
                    fmt::format("the disk is full; the journal needs {} octets to begin with", options_.segment_size)});
    remove_orphans();
    spares_.replenish();
    consider_checkpoint();
    return {};
}

/// A spare that a crash left half-written would cost its writer the metadata changes that spares are there to avoid.
void JournalSpool::adopt_spares() {
    for (std::uint64_t number : layout_.spares) {
        std::string path = spare_path(number);
        auto spare = around_.disk.open(path, file::Mode::Read);
        auto size = spare ? (*spare)->size() : file::Result<std::uint64_t>(0);
        if (size && *size >= options_.segment_size) {
            spares_.adopt(number);
        } else {
            static_cast<void>(around_.disk.unlink(path));
        }
    }
}

void JournalSpool::remove_orphans() {
    std::vector<MessageId> orphans;
    for (MessageId id : layout_.blobs)
        if (const Index::Slot* slot = ledger_.find(id); !slot || !slot->is_blob) orphans.push_back(id);
    if (!orphans.empty()) blobs_.remove(std::move(orphans));
}

}  // namespace spool
