#pragma once
// A spool without a disk, for tests of the queue: obeys the contract of spool/spool.h and keeps everything in maps.
//
// Nothing becomes durable by itself: settle() finishes what was submitted, with success or with the failure given, and
// crash() forgets what was not. So a test can stand between any two steps.

#include <map>
#include <optional>
#include <vector>

#include "lang/overloaded.h"
#include "lang/verify.h"
#include "spool/spool.h"

namespace qmgr::testing {

class MemoryFile final : public file::OpenFile {
public:
    explicit MemoryFile(std::shared_ptr<std::string> octets) : octets_(std::move(octets)) {}

    file::Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
        if (octets_->size() < offset + bytes.size()) octets_->resize(offset + bytes.size());
        octets_->replace(offset, bytes.size(), bytes);
        return {};
    }
    file::Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override {
        for (const auto piece : pieces) {
            (void)write_at(offset, piece);
            offset += piece.size();
        }
        return {};
    }
    file::Result<std::string> read_at(std::uint64_t offset, std::size_t length) const override {
        return offset >= octets_->size() ? std::string() : octets_->substr(offset, length);
    }
    file::Result<std::uint64_t> size() const override { return octets_->size(); }
    file::Result<void> truncate(std::uint64_t size) override { return octets_->resize(size), file::Result<void>(); }
    file::Result<void> fill_with_zeros(std::uint64_t size) override { return truncate(size); }
    file::Result<void> sync_data() override { return {}; }
    file::Result<file::Descriptor> duplicate_read_only() const override { return file::Descriptor(); }
    file::Result<file::Descriptor> duplicate() const override { return file::Descriptor(); }

private:
    std::shared_ptr<std::string> octets_;  // the spool's, which may outlive this view of it, or the other way round
};

class MemorySpool final : public spool::Spool {
public:
    struct Message {
        spool::Entry entry;
        spool::Envelope envelope;
        std::string octets;
        std::shared_ptr<std::string> blob;
    };

    // ---- for tests
    std::map<spool::MessageId, Message> messages;
    bool full = false;
    bool apply_on_success_only = false;  // as a transaction with a blob does
    std::optional<file::Error> unreadable;
    std::size_t flushes = 0;

    std::size_t submitted() const { return waiting_.size(); }
    void settle(spool::Outcome outcome = {}) {
        auto waiting = std::exchange(waiting_, {});
        for (auto& [transaction, done] : waiting) {
            for (auto& operation : transaction) {
                if (outcome && apply_on_success_only) show(operation);
                if (outcome)
                    make_durable(operation);
                else
                    drop(operation);
            }
            if (done) done(outcome);
        }
    }
    /// Until nothing is waiting any more.
    void settle_all() {
        while (!waiting_.empty()) settle();
    }

    // ---- spool::Spool
    spool::MessageId next_id() override { return ++last_id_; }

    void submit(spool::Transaction transaction, std::move_only_function<void(spool::Outcome)> done) override {
        if (!apply_on_success_only)
            for (const auto& operation : transaction) show(operation);
        waiting_.emplace_back(std::move(transaction), std::move(done));
    }
    void submit_lazily(spool::Transaction transaction) override { submit(std::move(transaction), nullptr); }
    void flush() override { ++flushes; }

    file::Result<spool::BlobId> open_blob() override {
        blobs_[++last_blob_] = Blob{std::make_shared<std::string>(), nullptr};
        auto& blob = blobs_[last_blob_];
        blob.file = std::make_unique<MemoryFile>(blob.octets);
        return last_blob_;
    }
    file::OpenFile& blob(spool::BlobId id) override { return *blobs_.at(id).file; }
    void drop_blob(spool::BlobId id) override { VERIFY(blobs_.erase(id) == 1); }
    std::size_t open_blobs() const { return blobs_.size(); }

    const spool::Entry* entry(spool::MessageId id) const override {
        const auto found = messages.find(id);
        return found == messages.end() ? nullptr : &found->second.entry;
    }
    spool::Entry* mutable_entry(spool::MessageId id) override { return const_cast<spool::Entry*>(entry(id)); }
    void for_each(const std::function<void(spool::MessageId, const spool::Entry&)>& visit) const override {
        for (const auto& [id, message] : messages) visit(id, message.entry);
    }
    std::string_view diagnostic(std::uint32_t number) const override {
        return number == 0 ? std::string_view() : std::string_view(diagnostics_[number - 1]);
    }
    file::Result<spool::Stored> load(spool::MessageId id) override {
        if (unreadable) return std::unexpected(*unreadable);
        const auto found = messages.find(id);
        if (found == messages.end()) return std::unexpected(file::Error{.number = 2});
        spool::Stored stored{found->second.envelope, found->second.octets, nullptr};
        if (found->second.blob) stored.blob = std::make_unique<MemoryFile>(found->second.blob);
        return stored;
    }
    file::Result<spool::Envelope> load_envelope(spool::MessageId id) override {
        auto stored = load(id);
        if (!stored) return std::unexpected(stored.error());
        return stored->envelope;
    }
    bool is_full() const override { return full; }

private:
    struct Blob {
        std::shared_ptr<std::string> octets;
        std::unique_ptr<MemoryFile> file;
    };
    struct Waiting {
        spool::Transaction transaction;
        std::move_only_function<void(spool::Outcome)> done;
    };

    /// What entry() shows at once.
    void show(const spool::Operation& operation) {
        std::visit(Overloaded{[](const spool::Accept&) {}, [&](const spool::Progress& progress) { apply(progress); },
                              [&](const spool::Remove& remove) { messages.erase(remove.id); }},
                   operation);
    }
    void apply(const spool::Progress& progress) {
        const auto found = messages.find(progress.id);
        if (found == messages.end()) return;
        auto& tasks = found->second.entry.tasks;
        auto& task = tasks.at(progress.task);
        task.pending &= ~progress.done;
        task.attempts = progress.attempts;
        task.due = progress.due;
        task.held = progress.held;
        task.delay_noticed = progress.delay_noticed;
        task.awaits_release = progress.awaits_release;
        if (!progress.diagnostic.empty()) {
            diagnostics_.push_back(progress.diagnostic);
            task.diagnostic = static_cast<std::uint32_t>(diagnostics_.size());
        }
        bool is_over = true;
        for (const auto& each : tasks) is_over = is_over && each.is_done();
        if (is_over) messages.erase(found);
    }
    void drop(const spool::Operation& operation) {
        const auto* accept = std::get_if<spool::Accept>(&operation);
        if (accept && accept->body.blob) blobs_.erase(*accept->body.blob);
    }
    void make_durable(spool::Operation& operation) {
        auto* accept = std::get_if<spool::Accept>(&operation);
        if (!accept) return;
        Message message;
        message.entry.tasks = accept->tasks;
        for (auto& task : message.entry.tasks) {
            task.pending = task.count >= 64 ? ~0ULL : (1ULL << task.count) - 1;
            task.destination = 0;
        }
        message.entry.arrived = accept->envelope.arrived;
        message.entry.size = accept->body.size;
        message.entry.is_bounce = accept->envelope.reverse_path.empty();
        message.envelope = accept->envelope;
        message.octets = accept->body.octets;
        if (accept->body.blob) {
            message.blob = blobs_.at(*accept->body.blob).octets;
            blobs_.erase(*accept->body.blob);
        }
        messages[accept->id] = std::move(message);
    }

    spool::MessageId last_id_ = 0;
    spool::BlobId last_blob_ = 0;
    std::map<spool::BlobId, Blob> blobs_;
    std::vector<Waiting> waiting_;
    std::vector<std::string> diagnostics_;
};

}  // namespace qmgr::testing
