#include "spool/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lang/try.h"
#include "spool/blobs.h"
#include "spool/segment.h"

namespace spool {
namespace {

constexpr std::string_view format_prefix = "hermod spool ";
constexpr int format_version = 1;
constexpr std::string_view checkpoint_prefix = "checkpoint-";
constexpr std::string_view unnamed_prefix = ".unnamed-";  // what file::Disk may leave of files without a name
constexpr std::string_view half_made_suffix = ".new";
constexpr std::size_t longest_small_file = 256;
constexpr unsigned permissions = 0700;

template <typename T>
std::optional<T> parse_number(std::string_view text, int base) {
    T number{};
    auto [end, error] = std::from_chars(text.begin(), text.end(), number, base);
    if (text.empty() || error != std::errc() || end != text.end()) return std::nullopt;
    return number;
}

std::unexpected<Refusal> foreign(const std::string& path) {
    return std::unexpected(Refusal{Refusal::Reason::Foreign,
                                   fmt::format("{} does not belong into a spool directory; move it away, or check "
                                               "that this is the right directory",
                                               path)});
}

Opened<void> remove(file::Disk& disk, const std::string& path) {
    if (auto removed = disk.unlink(path); !removed) return refused(removed.error());
    return {};
}

/// Small files are replaced, never changed: whatever happens, the old text or the new one is there.
Opened<void> replace_file(file::Disk& disk, const std::string& path, std::string_view text) {
    std::string half_made = path + std::string(half_made_suffix);
    auto file = disk.open(half_made, file::Mode::CreateNew);
    if (!file) return refused(file.error());
    auto done = (*file)->write_at(0, text);
    if (done) done = (*file)->sync_data();
    if (done) done = disk.rename(half_made, path);
    if (done) done = disk.sync_directory(".");
    if (!done) return refused(done.error());
    return {};
}

Opened<std::string> read_file(file::Disk& disk, const std::string& path) {
    auto file = disk.open(path, file::Mode::Read);
    if (!file) return refused(file.error());
    auto text = (*file)->read_at(0, longest_small_file);
    if (!text) return refused(text.error());
    return std::move(*text);
}

Opened<void> note_top(file::Disk& disk, Layout& layout, const file::Listed& listed) {
    const std::string& name = listed.name;
    if (listed.is_directory) {
        constexpr std::string_view ours[] = {segments_directory, blobs_directory, quarantine_directory, "lost+found"};
        if (std::ranges::find(ours, name) == std::end(ours)) return foreign(name);
        return {};
    }
    if (!listed.is_file) return foreign(name);
    if (name == "format" || name == "lock" || name == "starts") return {};
    if (name == "format.new" || name == "starts.new" || name == "checkpoint.new") return remove(disk, name);
    if (!name.starts_with(checkpoint_prefix)) return foreign(name);
    auto number = parse_number<std::uint64_t>(std::string_view(name).substr(checkpoint_prefix.size()), 16);
    if (!number || checkpoint_path(*number) != name) return foreign(name);
    layout.checkpoints.push_back(*number);
    return {};
}

Opened<void> note_segment(Layout& layout, const std::string& name) {
    if (auto segment = parse_segment_name(name); segment && *segment <= std::uint32_t(-1)) {
        layout.segments.push_back(*segment);
    } else if (auto spare = parse_spare_name(name)) {
        layout.spares.push_back(*spare);
    } else {
        return foreign(fmt::format("{}/{}", segments_directory, name));
    }
    return {};
}

Opened<void> note_blob(file::Disk& disk, Layout& layout, const std::string& name) {
    std::string path = fmt::format("{}/{}", blobs_directory, name);
    if (name.starts_with(unnamed_prefix)) return remove(disk, path);
    auto id = parse_message_id(name);
    if (!id || to_text(*id) != name) return foreign(path);
    layout.blobs.push_back(*id);
    return {};
}

template <typename F>
Opened<void> for_each_file(file::Disk& disk, const std::string& directory, F note) {
    auto listed = disk.list(directory);
    if (!listed) return refused(listed.error());
    for (const file::Listed& one : *listed) {
        if (directory != "." && !one.is_file) return foreign(directory + '/' + one.name);
        if (auto noted = note(one); !noted) return noted;
    }
    return {};
}

Opened<void> make_directories(file::Disk& disk) {
    for (std::string_view directory : {segments_directory, blobs_directory, quarantine_directory}) {
        auto made = disk.make_directory(std::string(directory), permissions);
        if (!made && !made.error().exists()) return refused(made.error());
    }
    if (auto synced = disk.sync_directory("."); !synced) return refused(synced.error());
    return {};
}

Opened<void> read_format(file::Disk& disk, Layout& layout) {
    std::string text = TRY(read_file(disk, "format"));
    std::string_view rest = text;
    auto line = rest.substr(0, rest.find('\n'));
    if (!line.starts_with(format_prefix)) return foreign("format");
    if (parse_number<int>(line.substr(format_prefix.size()), 10) != format_version)
        return std::unexpected(Refusal{
            Refusal::Reason::Version,
            fmt::format("the spool has the format \"{}\"; this Hermod knows version {}", line, format_version)});
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    auto spool = parse_number<std::uint64_t>(rest.substr(0, rest.find('\n')), 16);
    if (!spool || *spool == 0) return foreign("format");
    layout.spool = *spool;
    return {};
}

Opened<void> create_format(file::Disk& disk, const clocks::Clock& clock, Layout& layout) {
    if (!layout.segments.empty() || !layout.checkpoints.empty())
        return std::unexpected(
            Refusal{Refusal::Reason::Foreign, "there are journal files, but no file \"format\" says of which version"});
    layout.spool = static_cast<std::uint64_t>(clock.wall().time_since_epoch().count()) | 1;
    return replace_file(disk, "format", fmt::format("{}{}\n{:016x}\n", format_prefix, format_version, layout.spool));
}

Opened<void> read_starts(file::Disk& disk, Layout& layout) {
    auto exists = disk.exists("starts");
    if (!exists) return refused(exists.error());
    if (!*exists) return {};
    std::string text = TRY(read_file(disk, "starts"));
    layout.start = parse_number<std::uint32_t>(std::string_view(text).substr(0, text.find('\n')), 10).value_or(0);
    return {};
}

/// Everything is looked at before anything is changed, so a wrong directory stays as it is.
Opened<void> look_around(file::Disk& disk) {
    Layout seen;
    return for_each_file(disk, ".", [&](const file::Listed& one) -> Opened<void> {
        if (one.name.ends_with(half_made_suffix) && one.is_file) return {};
        return note_top(disk, seen, one);
    });
}

}  // namespace

std::unexpected<Refusal> refused(const file::Error& error) {
    if (error.is_locked())
        return std::unexpected(Refusal{Refusal::Reason::Locked, "another process works with this spool"});
    std::string text = (error.is_full() ? "the disk is full: " : "") + to_text(error);
    return std::unexpected(Refusal{Refusal::Reason::Disk, std::move(text)});
}

std::string checkpoint_path(std::uint64_t number) { return fmt::format("{}{:016x}", checkpoint_prefix, number); }

Opened<Layout> open_layout(file::Disk& disk, const clocks::Clock& clock) {
    if (auto looked = look_around(disk); !looked) return std::unexpected(looked.error());
    Layout layout;
    auto lock = disk.open_locked("lock");
    if (!lock) return refused(lock.error());
    layout.lock = std::move(*lock);
    if (auto made = make_directories(disk); !made) return std::unexpected(made.error());
    auto noted = for_each_file(disk, ".", [&](const auto& one) { return note_top(disk, layout, one); });
    if (noted)
        noted = for_each_file(disk, std::string(segments_directory),
                              [&](const auto& one) { return note_segment(layout, one.name); });
    if (noted)
        noted = for_each_file(disk, std::string(blobs_directory),
                              [&](const auto& one) { return note_blob(disk, layout, one.name); });
    if (!noted) return std::unexpected(noted.error());
    auto has_format = disk.exists("format");
    if (!has_format) return refused(has_format.error());
    auto known = *has_format ? read_format(disk, layout) : create_format(disk, clock, layout);
    if (known) known = read_starts(disk, layout);
    if (!known) return std::unexpected(known.error());
    for (auto* numbers : {&layout.segments, &layout.spares, &layout.checkpoints}) std::ranges::sort(*numbers);
    return layout;
}

Opened<void> record_start(file::Disk& disk, std::uint32_t start) {
    return replace_file(disk, "starts", fmt::format("{}\n", start));
}

void quarantine(file::Disk& disk, const std::string& name, std::string_view octets) {
    std::string path = fmt::format("{}/{}", quarantine_directory, name);
    auto file = disk.open(path, file::Mode::CreateNew);
    if (!file) return;
    auto done = (*file)->write_at(0, octets);
    if (done) done = (*file)->sync_data();
    if (done) static_cast<void>(disk.sync_directory(std::string(quarantine_directory)));
}

}  // namespace spool
