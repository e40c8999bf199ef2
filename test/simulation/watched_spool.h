#pragma once
// The spool, with somebody looking over its shoulder: which recipients the queue is done with, and whether that is on
// disk yet.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "spool/journal_spool.h"

namespace simulation {

class WatchedSpool final : public spool::Spool {
public:
    explicit WatchedSpool(std::unique_ptr<spool::JournalSpool> spool) : spool_(std::move(spool)) {}

    struct Unwritten {
        std::string address;
        bool is_flushed;
    };
    const std::vector<Unwritten>& unwritten() const { return unwritten_; }
    /// Told of every recipient in a task that made progress.
    std::function<void(const std::string& address)> on_progress = [](const std::string&) {};
    /// The disk has nothing to do any more: what was flushed is there.
    void note_idle() {
        if (spool_->is_broken() || !spool_->is_idle()) return;
        std::erase_if(unwritten_, [](const Unwritten& each) { return each.is_flushed; });
    }
    spool::JournalSpool& journal() { return *spool_; }
    /// The one that was opened just now; 0: none was.
    spool::BlobId take_last_blob() { return std::exchange(last_blob_, 0); }

    spool::MessageId next_id() override { return spool_->next_id(); }
    void submit(spool::Transaction transaction, std::move_only_function<void(spool::Outcome)> done) override {
        note(transaction);
        mark_flushed();
        spool_->submit(std::move(transaction), std::move(done));
    }
    void submit_lazily(spool::Transaction transaction) override {
        note(transaction);
        spool_->submit_lazily(std::move(transaction));
    }
    void flush() override {
        mark_flushed();
        spool_->flush();
    }
    file::Result<spool::BlobId> open_blob() override {
        auto opened = spool_->open_blob();
        if (opened) last_blob_ = *opened;
        return opened;
    }
    file::OpenFile& blob(spool::BlobId id) override { return spool_->blob(id); }
    void drop_blob(spool::BlobId id) override { spool_->drop_blob(id); }
    const spool::Entry* entry(spool::MessageId id) const override { return spool_->entry(id); }
    spool::Entry* mutable_entry(spool::MessageId id) override { return spool_->mutable_entry(id); }
    void for_each(const std::function<void(spool::MessageId, const spool::Entry&)>& visit) const override {
        spool_->for_each(visit);
    }
    std::string_view diagnostic(std::uint32_t number) const override { return spool_->diagnostic(number); }
    file::Result<spool::Stored> load(spool::MessageId id) override { return spool_->load(id); }
    file::Result<spool::Envelope> load_envelope(spool::MessageId id) override { return spool_->load_envelope(id); }
    bool is_stalled() const override { return spool_->is_stalled(); }
    bool is_full() const override { return spool_->is_full(); }

private:
    void note(const spool::Transaction& transaction) {
        for (const auto& operation : transaction)
            if (const auto* progress = std::get_if<spool::Progress>(&operation)) note(*progress);
    }
    void note(const spool::Progress& progress) {
        const auto* entry = spool_->entry(progress.id);
        if (!entry) return;
        const auto task = entry->tasks.at(progress.task);
        const auto envelope = spool_->load_envelope(progress.id);
        if (!envelope) return;
        for (std::uint32_t i = 0; i < task.count; ++i) {
            const auto& address = envelope->recipients.at(task.first + i).smtp.address;
            on_progress(address);
            if (progress.done >> i & 1) unwritten_.push_back({address, false});
        }
    }
    void mark_flushed() {
        for (auto& each : unwritten_) each.is_flushed = true;
    }

    std::unique_ptr<spool::JournalSpool> spool_;
    std::vector<Unwritten> unwritten_;
    spool::BlobId last_blob_ = 0;
};

}  // namespace simulation
