#pragma once
// Delivery into a Maildir (https://cr.yp.to/proto/maildir.html), durable and idempotent.
//
// tmp/ → write → sync → rename into new/ → sync new/, once for a whole batch; only then is it delivered. Because the
// name says which delivery it is (name.h), a second attempt finds the first one's file and succeeds without writing.
//
// Where to look for it: new/ by name, always; that costs one call. But a mail reader may have moved the file to cur/
// and appended flags, so its name there is not known, and cur/ can be huge. Therefore cur/ is read only for a mail that
// may have been attempted without an answer (Mail::may_be_here: after a crash), and only once: the first such mail
// takes a snapshot of both, new/ first, as files move only from there to cur/. Whatever an earlier process delivered is
// in it or deleted by its reader; what this object delivers is added. So only one object at a time may deliver into a
// Maildir.

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "file/disk.h"
#include "mailbox/content.h"
#include "mailbox/size_ledger.h"

namespace mailbox {

class Maildir {
public:
    /// `path` on that disk, "." where the disk is the Maildir; made with tmp/, new/, cur/ where missing. `host`: our
    /// name. Of a folder of Maildir++, `whole` is the Maildir that it is a folder of: the quota is that one's.
    Maildir(file::Disk& disk, std::string path, std::string_view host, Quota quota = {}, file::Disk* whole = nullptr);

    /// One outcome for each mail, in order. A success is durable.
    std::vector<Outcome> deliver(std::span<const Mail> batch, std::int64_t now_seconds);

private:
    enum class Place : std::uint8_t { New, NewBefore, Cur };  // Before: by an earlier attempt
    struct Placed {
        Place place = Place::New;
        std::string name;
    };
    using Placing = std::expected<Placed, Failure>;

    file::Result<void> prepare(std::int64_t now_seconds);
    file::Result<void> make_directories();
    file::Result<void> remove_stale(std::int64_t now_seconds);
    file::Result<std::optional<Placed>> find(const std::string& name, bool may_be_here);
    file::Result<void> take_snapshot();
    Placing put(const Mail& mail, std::int64_t now_seconds);
    file::Result<std::uint64_t> write(const std::string& temporary, const Mail& mail);
    Placing move_into_new(const std::string& temporary, const std::string& name, std::uint64_t size);
    std::vector<Outcome> make_durable(const std::vector<Placing>& placings);
    struct Synced {
        file::Result<void> fresh;  // the directory new/
        file::Result<void> cur;
    };
    Synced sync(const std::vector<Placing>& placings);
    Outcome outcome_of(const Placing& placed, const Synced& synced);
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
