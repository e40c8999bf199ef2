#include "maildrop/maildrop.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "lang/try.h"
#include "mailbox/name.h"
#include "mailbox/size_ledger.h"
#include "maildrop/unique_id.h"
#include "pop3/multiline.h"

namespace maildrop {
namespace {

constexpr const char* lock_name = "hermod-pop3.lock";
constexpr const char* table_name = "hermod-sizes";
constexpr const char* new_table_name = "hermod-sizes.new";
constexpr std::size_t read_at_a_time = 256 * 1024;
constexpr int looks = 2;  // somebody may rename it during one

std::int64_t time_of(const std::string& name) { return mailbox::time_in_name(name).value_or(0); }

}  // namespace

std::expected<Maildrop, Maildrop::Obstacle> Maildrop::open(file::Disk& disk) {
    auto lock = disk.open_locked(lock_name);
    if (!lock) {
        const auto failure = lock.error().is_locked() ? Failure::InUse : Failure::Disk;
        return std::unexpected(Obstacle{failure, lock.error()});
    }
    Maildrop maildrop(disk, std::move(*lock));
    if (auto done = maildrop.read(); !done) return std::unexpected(Obstacle{Failure::Disk, done.error()});
    return maildrop;
}

std::string Maildrop::path(const Message& message) const {
    return (message.place == Place::New ? "new/" : "cur/") + message.name;
}

// new/ first: messages move only from there to cur/, and whoever moves one meanwhile shows it to us twice, not never.
file::Result<std::vector<Maildrop::Message>> Maildrop::list() const {
    std::vector<Message> found;
    for (const auto place : {Place::New, Place::Cur}) {
        auto listed = disk_->list(place == Place::New ? "new" : "cur");
        if (!listed && listed.error().is_absent()) continue;
        if (!listed) return std::unexpected(listed.error());
        found.reserve(found.size() + listed->size());
        for (auto& entry : *listed) {
            if (!entry.is_file || entry.name.starts_with('.')) continue;
            const auto length = static_cast<std::uint8_t>(stem(entry.name).size());
            found.push_back({.name = std::move(entry.name), .place = place, .stem_length = length});
        }
    }
    return found;
}

/// Oldest first. What does not begin with a number was made by nobody we know, and is old. Times are read once for
/// each, and messages moved once, in place: a million of them are not held twice.
void Maildrop::sort() {
    struct Aged {
        std::int64_t time;
        std::uint32_t from;
    };
    std::vector<Aged> order;
    order.reserve(messages_.size());
    for (const auto& message : messages_)
        order.push_back({time_of(message.name), static_cast<std::uint32_t>(order.size())});
    std::ranges::sort(order, [this](const Aged& a, const Aged& b) {
        if (a.time != b.time) return a.time < b.time;
        const auto &left = messages_[a.from], &right = messages_[b.from];
        return std::pair(left.stem(), std::string_view(left.name)) <
               std::pair(right.stem(), std::string_view(right.name));
    });
    for (std::uint32_t at = 0; at < order.size(); ++at) {
        if (order[at].from == at) continue;
        auto held = std::move(messages_[at]);
        auto to = at;
        for (auto from = order[to].from; from != at; from = order[to].from) {
            messages_[to] = std::move(messages_[from]);
            order[to].from = to;
            to = from;
        }
        messages_[to] = std::move(held);
        order[to].from = to;
    }
}

file::Result<void> Maildrop::read() {
    messages_ = TRY(list());
    sort();
    // Seen in new/ and again in cur/: it was moved between our two looks. In cur/ it comes later, having a colon.
    for (std::size_t i = 0; i + 1 < messages_.size(); ++i) {
        const auto& message = messages_[i];
        const auto& next = messages_[i + 1];
        const bool may_have_moved =
            message.place == Place::New && next.place == Place::Cur && message.stem() == next.stem();
        messages_[i].is_gone = may_have_moved && !disk_->exists(path(message)).value_or(true);
    }
    std::erase_if(messages_, [](const Message& message) { return message.is_gone; });
    return {};
}

// ---- what is asked about a message

Reach Maildrop::reach(std::uint32_t number) const {
    if (number == 0 || number > messages_.size()) return Reach::Absent;
    const auto& message = messages_[number - 1];
    if (message.is_marked) return Reach::Marked;
    return message.is_gone ? Reach::Gone : Reach::Here;
}

std::string Maildrop::unique_id(std::uint32_t number) const {
    const auto own = messages_[number - 1].stem();
    std::size_t repetition = 0;
    for (auto before = number - 1; before > 0 && messages_[before - 1].stem() == own; --before) ++repetition;
    return maildrop::unique_id(own, repetition);
}

std::uint64_t Maildrop::octets(std::uint32_t number) {
    auto& message = messages_[number - 1];
    if (message.octets != unknown) return message.octets;
    if (const auto told = wire_size_in_name(message.name)) return message.octets = *told;
    if (!sizes_) load_sizes();
    if (const auto remembered = sizes_->find(hash_of(message.stem()))) return message.octets = *remembered;
    return measure(message);
}

Count Maildrop::count(std::size_t saved_after) {
    Count sum;
    for (std::uint32_t number = 1; number <= size(); ++number) {
        if (messages_[number - 1].is_marked) continue;
        ++sum.messages;
        sum.octets += octets(number);
        if (new_sizes_ >= saved_after) save_sizes();
    }
    save_sizes();
    return sum;
}

std::uint64_t Maildrop::measure(Message& message) {
    const auto file = on_file(message, [&](const std::string& at) { return disk_->open(at, file::Mode::Read); });
    if (!file) return 0;
    pop3::WireSize size;
    for (std::uint64_t offset = 0;;) {
        const auto piece = (*file)->read_at(offset, read_at_a_time);
        if (!piece) return 0;
        size.count(*piece);
        offset += piece->size();
        if (piece->size() < read_at_a_time) break;
    }
    ++new_sizes_;
    return message.octets = size.octets();
}

std::expected<std::unique_ptr<file::OpenFile>, Reach> Maildrop::fetch(std::uint32_t number) {
    if (const auto there = reach(number); there != Reach::Here) return std::unexpected(there);
    auto& message = messages_[number - 1];
    auto file = on_file(message, [&](const std::string& at) { return disk_->open(at, file::Mode::Read); });
    if (!file) return std::unexpected(message.is_gone ? Reach::Gone : Reach::Failing);
    return *std::move(file);
}

// ---- messages that others move

/// Does it; if the file is not where it was, somewhere else.
template <typename Call>
auto Maildrop::on_file(Message& message, Call call) -> decltype(call(std::string())) {
    auto result = call(path(message));
    for (int look = 0; look < looks && !result && result.error().is_absent() && !message.is_gone; ++look) {
        if (auto found = find_again(); !found) return std::unexpected(found.error());
        result = call(path(message));
    }
    if (!result && result.error().is_absent()) message.is_gone = true;
    return result;
}

/// All of them, as another reader seldom moves just one.
/// Hostile: what shares its stem with another is not looked for: it might be the other one that is found, and deleted.
file::Result<void> Maildrop::find_again() {
    auto found = TRY(list());
    std::unordered_map<std::string_view, Message*> by_stem;
    by_stem.reserve(found.size());
    for (auto& message : found) by_stem[message.stem()] = &message;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
        if (shares_stem(i)) continue;
        auto& message = messages_[i];
        const auto now = by_stem.find(message.stem());
        if (now == by_stem.end()) {
            message.is_gone = ++message.misses >= looks;  // for all at once: each look costs as much as the first
            continue;
        }
        message.misses = 0;
        message.place = now->second->place;
        message.name = now->second->name;
    }
    return {};
}

bool Maildrop::shares_stem(std::size_t at) const {
    const auto own = messages_[at].stem();
    return (at > 0 && messages_[at - 1].stem() == own) ||
           (at + 1 < messages_.size() && messages_[at + 1].stem() == own);
}

// ---- deleting

Reach Maildrop::mark(std::uint32_t number) {
    const auto there = reach(number);
    if (there == Reach::Here) messages_[number - 1].is_marked = true;
    return there;
}

void Maildrop::unmark_all() {
    for (auto& message : messages_) message.is_marked = false;
}

Updated Maildrop::update() {
    Updated updated;
    mailbox::Usage usage;
    const bool counts_usage = disk_->exists("maildirsize").value_or(false);
    bool deleted[2] = {};
    for (auto& message : messages_) {
        if (!message.is_marked) continue;
        const auto octets = counts_usage ? stored_octets(message) : 0;
        const auto done = on_file(message, [&](const std::string& at) { return disk_->unlink(at); });
        if (!done && !done.error().is_absent()) {
            ++updated.left;
            if (updated.trouble.empty()) updated.trouble = file::to_text(done.error());
            continue;
        }
        ++updated.deleted;
        if (!done) continue;  // somebody else has done it
        deleted[static_cast<int>(message.place)] = true;
        if (mailbox::is_trashed(message.name)) continue;
        usage.bytes -= octets;
        --usage.messages;
    }
    updated.remaining = size() - updated.deleted;
    sync(deleted, updated);
    // A guess by nature, like the sizes: neither keeps a session from ending well.
    if (counts_usage && usage.messages != 0) static_cast<void>(mailbox::SizeLedger(*disk_, ".", {}).change_by(usage));
    std::erase_if(messages_, [](const Message& message) { return message.is_marked; });
    save_sizes();
    return updated;
}

/// What a crash would bring back has not been deleted.
void Maildrop::sync(bool deleted[2], Updated& updated) {
    for (const auto place : {Place::New, Place::Cur}) {
        if (!deleted[static_cast<int>(place)]) continue;
        const auto done = disk_->sync_directory(place == Place::New ? "new" : "cur");
        if (done) continue;
        updated.left += std::exchange(updated.deleted, 0);
        if (updated.trouble.empty()) updated.trouble = file::to_text(done.error());
    }
}

std::int64_t Maildrop::stored_octets(const Message& message) const {
    if (const auto told = mailbox::size_in_name(message.name)) return static_cast<std::int64_t>(*told);
    const auto file = disk_->open(path(message), file::Mode::Read);
    if (!file) return 0;
    return static_cast<std::int64_t>((*file)->size().value_or(0));
}

// ---- sizes

void Maildrop::load_sizes() {
    sizes_.emplace();
    const auto file = disk_->open(table_name, file::Mode::Read);
    if (!file) return;
    const auto octets = (*file)->read_at(0, longest_size_table + 1);
    if (!octets || octets->size() > longest_size_table) return;
    if (auto table = parse_size_table(*octets)) sizes_ = std::move(*table);
}

// Whoever has the lock is the only one who writes it.
void Maildrop::save_sizes() {
    if (std::exchange(new_sizes_, 0) == 0) return;
    std::vector<SizeTable::Entry> entries;
    for (const auto& message : messages_) {
        if (wire_size_in_name(message.name)) continue;
        const auto hash = hash_of(message.stem());
        const auto octets = message.octets == unknown && sizes_ ? sizes_->find(hash) : std::optional(message.octets);
        if (octets && *octets != unknown) entries.push_back({.hash = hash, .octets = *octets});
    }
    const auto table = SizeTable(std::move(entries)).to_octets();
    static_cast<void>(disk_->unlink(new_table_name));
    auto file = disk_->open(new_table_name, file::Mode::CreateNew);
    if (!file || !(*file)->write_at(0, table)) return;
    static_cast<void>(disk_->rename(new_table_name, table_name));
}

}  // namespace maildrop
