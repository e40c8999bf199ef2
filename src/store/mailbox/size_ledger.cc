#include "mailbox/size_ledger.h"

#include "lang/try.h"
#include "mailbox/name.h"

namespace mailbox {
namespace {

constexpr std::int64_t trusted_for = 15 * 60;  // seconds; the Maildir++ text's own figure

}  // namespace

file::Result<bool> SizeLedger::has_room(std::uint64_t size, std::int64_t now_seconds, Usage written) {
    const auto with_written = [&](const Usage& usage) {
        return Usage{usage.bytes + written.bytes, usage.messages + written.messages};
    };
    if (fits(quota_, with_written(TRY(read(now_seconds))), size)) return true;
    const bool counted_lately = now_seconds >= counted_ && now_seconds - trusted_for < counted_;
    if (counted_lately) return false;
    return fits(quota_, with_written(TRY(count(now_seconds))), size);
}

file::Result<Usage> SizeLedger::read(std::int64_t now_seconds) {
    auto file = disk_.open(file_path(), file::Mode::Read);
    if (!file && !file.error().is_absent()) return std::unexpected(file.error());
    if (!file) return count(now_seconds);
    const auto text = TRY((*file)->read_at(0, longest_size_file + 1));
    const auto parsed = parse_size_file(text);
    if (!parsed || parsed->quota != quota_) return count(now_seconds);
    return parsed->usage;
}

file::Result<void> SizeLedger::count_folder(const std::string& folder, Usage& usage) {
    for (const char* part : {"/new", "/cur"}) {
        const auto listed = disk_.list(folder + part);
        if (!listed && listed.error().is_absent()) continue;
        if (!listed) return std::unexpected(listed.error());
        for (const auto& file : *listed) {
            if (!file.is_file || file.name.starts_with('.') || is_trashed(file.name)) continue;
            auto size = size_in_name(file.name);
            if (!size) {
                auto open = disk_.open(folder + part + '/' + file.name, file::Mode::Read);
                if (!open) continue;  // moved or deleted while we count
                size = TRY((*open)->size());
            }
            usage.bytes += static_cast<std::int64_t>(*size);
            ++usage.messages;
        }
    }
    return {};
}

file::Result<Usage> SizeLedger::count(std::int64_t now_seconds) {
    Usage usage;
    TRY(count_folder(path_, usage));
    for (const auto& entry : TRY(disk_.list(path_))) {
        const bool is_folder = entry.is_directory && entry.name.size() > 1 && entry.name.front() == '.';
        if (!is_folder || entry.name == ".." || entry.name == ".Trash") continue;
        TRY(count_folder(path_ + '/' + entry.name, usage));
    }
    counted_ = now_seconds;

    const std::string temporary = path_ + "/tmp/maildirsize.hermod";
    if (auto removed = disk_.unlink(temporary); !removed && !removed.error().is_absent())
        return std::unexpected(removed.error());
    auto file = disk_.open(temporary, file::Mode::CreateNew);
    if (!file && file.error().is_absent()) return usage;  // a Maildir whose folders came before it
    if (!file) return std::unexpected(file.error());
    TRY((*file)->write_at(0, quota_line(quota_) + usage_line(usage)));
    TRY(disk_.rename(temporary, file_path()));
    return usage;
}

file::Result<void> SizeLedger::add(std::uint64_t size) { return change_by({static_cast<std::int64_t>(size), 1}); }

file::Result<void> SizeLedger::change_by(Usage difference) {
    auto file = disk_.open(file_path(), file::Mode::Write);
    if (!file) return file.error().is_absent() ? file::Result<void>() : std::unexpected(file.error());
    const auto end = TRY((*file)->size());
    return (*file)->write_at(end, usage_line(difference));
}

}  // namespace mailbox
