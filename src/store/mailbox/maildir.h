#pragma once
// Delivery into a Maildir (https://cr.yp.to/proto/maildir.html), durable and idempotent.
//
// tmp/ → write → sync → rename into new/ → sync new/, once for a whole batch; only then is it delivered. The syncs of a
// batch, and of several Maildirs, run side by side. Because the name says which delivery it is (name.h), a second
// attempt finds the first one's file and succeeds without writing.
//
// Where to look for it: new/ by name, always; that costs one call. But a mail reader may have moved the file to cur/
// and appended flags, so its name there is not known, and cur/ can be huge. Therefore cur/ is read only for a mail that
// may have been attempted without an answer (Mail::may_be_here: after a crash), and only once: the first such mail
// takes a snapshot of both, new/ first, as files move only from there to cur/. Whatever an earlier process delivered is
// in it or deleted by its reader; what this object delivers is added. So only one object at a time may deliver into a
// Maildir.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "file/disk.h"
#include "file/together.h"
#include "mailbox/content.h"
#include "mailbox/size_ledger.h"

namespace mailbox {

class Maildir;

/// What is to be put into one of them.
struct Posting {
    Maildir* maildir;
    std::span<const Mail> batch;
};

/// Of each posting, one outcome for each mail, in order. A success is durable. No two are for the same Maildir.
std::vector<std::vector<Outcome>> deliver(std::span<const Posting> postings, std::int64_t now_seconds,
                                          file::Together& together);

class Maildir {
public:
    /// `path` on that disk, "." where the disk is the Maildir; made with tmp/, new/, cur/ where missing. `host`: our
    /// name. Of a folder of Maildir++, `whole` is the Maildir that it is a folder of: the quota is that one's.
    Maildir(file::Disk& disk, std::string path, std::string_view host, Quota quota = {}, file::Disk* whole = nullptr);

    /// One outcome for each mail, in order. A success is durable.
    std::vector<Outcome> deliver(std::span<const Mail> batch, std::int64_t now_seconds);

private:
    friend std::vector<std::vector<Outcome>> deliver(std::span<const Posting> postings, std::int64_t now_seconds,
                                                     file::Together& together);
    enum class Place : std::uint8_t { New, NewBefore, Cur };  // Before: by an earlier attempt
    struct Placed {
        Place place = Place::New;
        std::string name;
    };
    using Placing = std::expected<Placed, Failure>;
    /// In tmp/, written; it may move to new/ once it is synced.
    struct Draft {
        std::string name;
        std::unique_ptr<file::OpenFile> file;
        std::uint64_t size = 0;
        file::Result<void> synced;
    };
    using Put = std::expected<std::variant<Placed, Draft>, Failure>;
    /// One posting under way.
    struct Batch {
        std::vector<Put> puts;
        std::vector<Placing> placings;
        file::Result<void> synced_new;  // the directories
        file::Result<void> synced_cur;

        bool writes(std::string_view name) const;
        Usage written() const;
    };

    Batch write_all(std::span<const Mail> mails, std::int64_t now_seconds);
    void place_all(Batch& batch);
    void add_directory_syncs(Batch& batch, std::vector<file::Together::Job>& jobs);
    std::vector<Outcome> outcomes_of(const Batch& batch);

    file::Result<void> prepare(std::int64_t now_seconds);
    file::Result<void> make_directories();
    file::Result<void> remove_stale(std::int64_t now_seconds);
    file::Result<std::optional<Placed>> find(const std::string& name, bool may_be_here);
    file::Result<void> take_snapshot();
    Put put(const Mail& mail, const Batch& batch, std::int64_t now_seconds);
    file::Result<Draft> write(const std::string& name, const Mail& mail);
    Placing place(Draft& draft);
    Placing move_into_new(const Draft& draft);
    Outcome outcome_of(const Placing& placed, const Batch& batch);
    void take_back(const Placed& placed);
    std::string in(std::string_view part, std::string_view name) const;

    file::Disk& disk_;
    std::string path_;
    std::string host_;  // escaped
    SizeLedger ledger_;
    bool is_prepared_ = false;
    std::int64_t cleaned_ = 0;                             // seconds since 1970
    std::optional<std::unordered_set<std::string>> seen_;  // the snapshot: base names in new/ and cur/
};

}  // namespace mailbox
