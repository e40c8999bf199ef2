#include "mailbox/maildir.h"

#include <fmt/format.h>

#include "lang/try.h"
#include "mailbox/name.h"
#include "mailbox/stored_form.h"

namespace mailbox {
namespace {

constexpr std::int64_t stale_after = 36 * 3600;  // seconds; the Maildir text's own figure
constexpr std::int64_t clean_every = 24 * 3600;
constexpr unsigned private_directory = 0700;

}  // namespace

Maildir::Maildir(file::Disk& disk, std::string path, std::string_view host, Quota quota, file::Disk* whole)
    : disk_(disk),
      path_(std::move(path)),
      host_(escaped_host(host)),
      ledger_(whole ? *whole : disk, whole ? "." : path_, quota) {}

std::string Maildir::in(std::string_view part, std::string_view name) const {
    return fmt::format("{}/{}/{}", path_, part, name);
}

std::vector<Outcome> Maildir::deliver(std::span<const Mail> batch, std::int64_t now_seconds) {
    if (auto ready = prepare(now_seconds); !ready)
        return std::vector<Outcome>(batch.size(), std::unexpected(Failure(ready.error())));
    std::vector<Placing> placings;
    for (const auto& mail : batch) placings.push_back(put(mail, now_seconds));
    auto outcomes = make_durable(placings);
    // Somebody may have removed a directory under us: look again next time.
    for (const auto& outcome : outcomes) is_prepared_ = is_prepared_ && (outcome || !outcome.error().error.is_absent());
    return outcomes;
}

file::Result<void> Maildir::prepare(std::int64_t now_seconds) {
    if (!is_prepared_) TRY(make_directories());
    is_prepared_ = true;
    if (now_seconds - cleaned_ >= clean_every) {
        cleaned_ = now_seconds;
        TRY(remove_stale(now_seconds));
    }
    return {};
}

file::Result<void> Maildir::make_directories() {
    for (const auto& directory : {path_, path_ + "/tmp", path_ + "/new", path_ + "/cur"}) {
        if (TRY(disk_.exists(directory))) continue;
        if (auto result = disk_.make_directory(directory, private_directory); !result && !result.error().exists())
            return result;
    }
    // Even where they were there: whoever made them may have been killed before this, and mail in a directory whose
    // name is lost is lost.
    TRY(disk_.sync_directory(path_));
    const auto slash = path_.rfind('/');
    return path_ == "." ? file::Result<void>()
                        : disk_.sync_directory(slash == path_.npos ? "." : path_.substr(0, slash));
}

// Left behind by deliveries that a crash cut off; ours are overwritten when they are tried again, but others deliver
// here too. No mtime is needed: all names begin with a time.
file::Result<void> Maildir::remove_stale(std::int64_t now_seconds) {
    for (const auto& entry : TRY(disk_.list(path_ + "/tmp"))) {
        const auto made = time_in_name(entry.name);
        if (entry.is_directory || !made || now_seconds - *made < stale_after) continue;
        if (auto removed = disk_.unlink(in("tmp", entry.name)); !removed && !removed.error().is_absent())
            return removed;
    }
    return {};
}

file::Result<void> Maildir::take_snapshot() {
    std::unordered_set<std::string> seen;
    for (const char* part : {"/new", "/cur"})
        for (const auto& entry : TRY(disk_.list(path_ + part)))
            if (base_name(entry.name).ends_with(host_)) seen.emplace(base_name(entry.name));
    seen_ = std::move(seen);
    return {};
}

file::Result<std::optional<Maildir::Placed>> Maildir::find(const std::string& name, bool may_be_here) {
    if (TRY(disk_.exists(in("new", name)))) return Placed{Place::NewBefore, name};
    if (!may_be_here) return std::nullopt;
    if (!seen_) TRY(take_snapshot());
    if (seen_->contains(name)) return Placed{Place::Cur, name};
    return std::nullopt;
}

Maildir::Placing Maildir::put(const Mail& mail, std::int64_t now_seconds) {
    const auto name = maildir_name(mail.arrived, mail.queue_id, mail.recipient, host_);
    if (auto found = TRY(find(name, mail.may_be_here))) return *found;
    if (ledger_.quota().is_limited() && !TRY(ledger_.has_room(mail.size, now_seconds)))
        return std::unexpected(Failure(Failure::Code::OverQuota, {}));

    const auto temporary = in("tmp", name);
    const auto size = write(temporary, mail);
    auto placed = size ? move_into_new(temporary, name, *size) : Placing(std::unexpected(Failure(size.error())));
    if (!placed || placed->place != Place::New) static_cast<void>(disk_.unlink(temporary));
    return placed;
}

file::Result<std::uint64_t> Maildir::write(const std::string& temporary, const Mail& mail) {
    auto file = disk_.open(temporary, file::Mode::CreateNew);
    if (!file && file.error().exists()) {  // of an attempt that a crash cut off
        TRY(disk_.unlink(temporary));
        file = disk_.open(temporary, file::Mode::CreateNew);
    }
    if (!file) return std::unexpected(file.error());
    const auto size = TRY(write_stored(**file, 0, mail, Quoting::None));
    TRY((*file)->sync_data());
    return size;
}

Maildir::Placing Maildir::move_into_new(const std::string& temporary, const std::string& name, std::uint64_t size) {
    auto final_name = ledger_.quota().is_limited() ? fmt::format("{},S={}", name, size) : name;
    const auto target = in("new", final_name);
    // Nobody else makes names of ours, so what is there under this name is this message.
    if (TRY(disk_.exists(target))) return Placed{Place::NewBefore, std::move(final_name)};
    TRY(disk_.rename(temporary, target));
    if (seen_) seen_->emplace(name);
    // The ledger is a guess by nature; a message is not refused because it could not be written.
    if (ledger_.quota().is_limited()) static_cast<void>(ledger_.add(size));
    return Placed{Place::New, std::move(final_name)};
}

// Names found from earlier attempts may not be durable yet either: that attempt may have been cut off before its sync.
std::vector<Outcome> Maildir::make_durable(const std::vector<Placing>& placings) {
    const auto synced = sync(placings);
    std::vector<Outcome> outcomes;
    for (const auto& placed : placings) outcomes.push_back(outcome_of(placed, synced));
    return outcomes;
}

Maildir::Synced Maildir::sync(const std::vector<Placing>& placings) {
    bool any = false;
    bool in_cur = false;
    for (const auto& placed : placings) {
        any = any || placed;
        in_cur = in_cur || (placed && placed->place == Place::Cur);
    }
    Synced synced;
    if (in_cur) synced.cur = disk_.sync_directory(path_ + "/cur");
    if (any) synced.fresh = disk_.sync_directory(path_ + "/new");
    return synced;
}

Outcome Maildir::outcome_of(const Placing& placed, const Synced& synced) {
    if (!placed) return std::unexpected(placed.error());
    if (!synced.fresh) {
        take_back(*placed);
        return std::unexpected(Failure(synced.fresh.error()));
    }
    if (placed->place == Place::Cur && !synced.cur) return std::unexpected(Failure(synced.cur.error()));
    return {};
}

// After a failed sync a later one may report success for what was lost (errors are reported once). So the next attempt
// is to write anew instead of finding this name.
void Maildir::take_back(const Placed& placed) {
    if (placed.place == Place::Cur) return;  // its reader has it
    static_cast<void>(disk_.unlink(in("new", placed.name)));
    if (seen_) seen_->erase(std::string(base_name(placed.name)));
}

}  // namespace mailbox
