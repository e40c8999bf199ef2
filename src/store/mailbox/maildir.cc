#include "mailbox/maildir.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

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

std::vector<std::vector<Outcome>> deliver(std::span<const Posting> postings, std::int64_t now_seconds,
                                          file::Together& together) {
    std::vector<Maildir::Batch> batches;
    for (const auto& [maildir, mails] : postings) batches.push_back(maildir->write_all(mails, now_seconds));

    std::vector<file::Together::Job> syncs;
    for (auto& batch : batches)
        for (auto& put : batch.puts)
            if (auto* draft = put ? std::get_if<Maildir::Draft>(&*put) : nullptr)
                syncs.emplace_back([draft] { draft->synced = draft->file->sync_data(); });
    together.run(syncs);

    syncs.clear();
    for (std::size_t i = 0; i < postings.size(); ++i) {
        postings[i].maildir->place_all(batches[i]);
        postings[i].maildir->add_directory_syncs(batches[i], syncs);
    }
    together.run(syncs);

    std::vector<std::vector<Outcome>> outcomes;
    for (std::size_t i = 0; i < postings.size(); ++i) outcomes.push_back(postings[i].maildir->outcomes_of(batches[i]));
    return outcomes;
}

std::vector<Outcome> Maildir::deliver(std::span<const Mail> batch, std::int64_t now_seconds) {
    file::OneByOne one_by_one;
    return std::move(mailbox::deliver(std::array{Posting{this, batch}}, now_seconds, one_by_one).front());
}

Maildir::Batch Maildir::write_all(std::span<const Mail> mails, std::int64_t now_seconds) {
    Batch batch;
    const auto ready = prepare(now_seconds);
    for (const auto& mail : mails)
        batch.puts.push_back(ready ? put(mail, batch, now_seconds) : std::unexpected(Failure(ready.error())));
    return batch;
}

bool Maildir::Batch::writes(std::string_view name) const {
    return std::ranges::any_of(puts, [&](const Put& put) {
        const auto* draft = put ? std::get_if<Draft>(&*put) : nullptr;
        return draft && draft->name == name;
    });
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

/// In tmp/, where no count finds it.
Usage Maildir::Batch::written() const {
    Usage usage;
    for (const auto& put : puts)
        if (const auto* draft = put ? std::get_if<Draft>(&*put) : nullptr) {
            usage.bytes += static_cast<std::int64_t>(draft->size);
            ++usage.messages;
        }
    return usage;
}

Maildir::Put Maildir::put(const Mail& mail, const Batch& batch, std::int64_t now_seconds) {
    const auto name = maildir_name(mail.arrived, mail.queue_id, mail.recipient, host_);
    // Its twin would take its file away while that waits for its sync; tried again, it is found.
    if (batch.writes(name)) return std::unexpected(Failure(Failure::Code::Locked, {}));
    if (auto found = TRY(find(name, mail.may_be_here))) return *std::move(found);
    if (ledger_.quota().is_limited() && !TRY(ledger_.has_room(mail.size, now_seconds, batch.written())))
        return std::unexpected(Failure(Failure::Code::OverQuota, {}));
    auto draft = write(name, mail);
    if (!draft) {
        static_cast<void>(disk_.unlink(in("tmp", name)));
        return std::unexpected(Failure(draft.error()));
    }
    return *std::move(draft);
}

file::Result<Maildir::Draft> Maildir::write(const std::string& name, const Mail& mail) {
    const auto temporary = in("tmp", name);
    auto file = disk_.open(temporary, file::Mode::CreateNew);
    if (!file && file.error().exists()) {  // of an attempt that a crash cut off
        TRY(disk_.unlink(temporary));
        file = disk_.open(temporary, file::Mode::CreateNew);
    }
    if (!file) return std::unexpected(file.error());
    const auto size = TRY(write_stored(**file, 0, mail, Quoting::None));
    return Draft{.name = name, .file = *std::move(file), .size = size, .synced = {}};
}

void Maildir::place_all(Batch& batch) {
    for (auto& put : batch.puts) {
        if (!put)
            batch.placings.push_back(std::unexpected(put.error()));
        else if (auto* found = std::get_if<Placed>(&*put))
            batch.placings.push_back(std::move(*found));
        else
            batch.placings.push_back(place(std::get<Draft>(*put)));
    }
}

Maildir::Placing Maildir::place(Draft& draft) {
    draft.file.reset();
    auto placed = draft.synced ? move_into_new(draft) : Placing(std::unexpected(Failure(draft.synced.error())));
    if (placed && placed->place == Place::New) return placed;
    static_cast<void>(disk_.unlink(in("tmp", draft.name)));
    return placed;
}

Maildir::Placing Maildir::move_into_new(const Draft& draft) {
    auto final_name = ledger_.quota().is_limited() ? fmt::format("{},S={}", draft.name, draft.size) : draft.name;
    const auto target = in("new", final_name);
    // Nobody else makes names of ours, so what is there under this name is this message.
    if (TRY(disk_.exists(target))) return Placed{Place::NewBefore, std::move(final_name)};
    TRY(disk_.rename(in("tmp", draft.name), target));
    if (seen_) seen_->emplace(draft.name);
    // The ledger is a guess by nature; a message is not refused because it could not be written.
    if (ledger_.quota().is_limited()) static_cast<void>(ledger_.add(draft.size));
    return Placed{Place::New, std::move(final_name)};
}

// Names found from earlier attempts may not be durable yet either: that attempt may have been cut off before its sync.
void Maildir::add_directory_syncs(Batch& batch, std::vector<file::Together::Job>& jobs) {
    const auto is_in = [&](auto... places) {
        return std::ranges::any_of(batch.placings,
                                   [&](const Placing& placed) { return placed && ((placed->place == places) || ...); });
    };
    if (is_in(Place::Cur)) jobs.emplace_back([&] { batch.synced_cur = disk_.sync_directory(path_ + "/cur"); });
    if (is_in(Place::New, Place::NewBefore, Place::Cur))
        jobs.emplace_back([&] { batch.synced_new = disk_.sync_directory(path_ + "/new"); });
}

std::vector<Outcome> Maildir::outcomes_of(const Batch& batch) {
    std::vector<Outcome> outcomes;
    for (const auto& placed : batch.placings) outcomes.push_back(outcome_of(placed, batch));
    // Somebody may have removed a directory under us: look again next time.
    for (const auto& outcome : outcomes) is_prepared_ = is_prepared_ && (outcome || !outcome.error().error.is_absent());
    return outcomes;
}

Outcome Maildir::outcome_of(const Placing& placed, const Batch& batch) {
    if (!placed) return std::unexpected(placed.error());
    if (!batch.synced_new) {
        take_back(*placed);
        return std::unexpected(Failure(batch.synced_new.error()));
    }
    if (placed->place == Place::Cur && !batch.synced_cur) return std::unexpected(Failure(batch.synced_cur.error()));
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
