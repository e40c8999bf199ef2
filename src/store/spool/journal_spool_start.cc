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
    const bool may_miss_messages = recovered.may_miss_messages;
    std::unique_ptr<JournalSpool> spool(
        new JournalSpool(surroundings, options, std::move(layout), std::move(recovered), std::move(ledger)));
    if (auto begun = spool->begin(std::move(unconfirmed), may_miss_messages); !begun)
        return std::unexpected(begun.error());
    return spool;
}

Opened<void> JournalSpool::begin(std::vector<Draft> unconfirmed, bool may_miss_messages) {
    adopt_spares();
    for (Draft& draft : unconfirmed) journal_.submit(std::move(draft), Journal::Urgency::WithNext);
    static_cast<void>(journal_.write_now());
    if (journal_.is_broken()) return std::unexpected(Refusal{Refusal::Reason::Disk, "the journal cannot be written"});
    if (!is_settled())  // nothing could be recorded, and every message would be delivered once more at the next start
        return std::unexpected(
            Refusal{Refusal::Reason::Disk,
                    fmt::format("the disk is full; the journal needs {} octets to begin with", options_.segment_size)});
    clear_orphans(may_miss_messages);
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

/// Bodies that no message names: of messages that are over, or never came to be; or whose record is damaged.
void JournalSpool::clear_orphans(bool may_miss_messages) {
    std::vector<MessageId> orphans;
    for (MessageId id : layout_.blobs)
        if (const Index::Slot* slot = ledger_.find(id); !slot || !slot->is_blob) orphans.push_back(id);
    if (orphans.empty()) return;
    if (!may_miss_messages) return blobs_.remove(std::move(orphans));
    for (MessageId id : orphans) set_body_aside(id);
    around_.on_report(
        fmt::format("{} body file(s) belong to no message that can be read; they are kept as quarantine/"
                    "message-*-body",
                    orphans.size()));
}

}  // namespace spool
