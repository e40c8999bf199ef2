#include "greybook/book.h"

#include <algorithm>
#include <tuple>

#include "crypto/digest.h"
#include "keyvalue/octets.h"
#include "lang/try.h"

namespace greybook {
namespace {

using greylist::Decision;
using keyvalue::Change;

constexpr std::size_t digest_length = 16;
constexpr std::int64_t a_day = 86'400;             // who is known is not written anew more often
constexpr std::uint64_t octets_of_an_entry = 512;  // at most, with its place in the order of age
constexpr keyvalue::Table table_of_counts = 6;

constexpr keyvalue::Table entries_of(std::size_t kind) { return 2 * kind; }
constexpr keyvalue::Table ages_of(std::size_t kind) { return 2 * kind + 1; }

std::string digest_of(const std::string& name) {
    return crypto::digest(crypto::Digest::Sha256, name).substr(0, digest_length);
}

std::string age_of(const greylist::Known& entry, std::string_view digest) {
    return keyvalue::octets_of(static_cast<std::uint64_t>(std::max<std::int64_t>(entry.last, 0))).append(digest);
}

std::string octets_of(const greylist::Known& entry) {
    auto octets = keyvalue::octets_of(static_cast<std::uint64_t>(std::max<std::int64_t>(entry.last, 0)));
    keyvalue::append_number(octets, entry.passes);
    return octets;
}

/// Hostile: what cannot be read was never remembered.
std::optional<greylist::Known> read_entry(std::string_view octets) {
    const auto last = keyvalue::take_number<std::uint64_t>(octets);
    const auto passes = keyvalue::take_number<std::uint32_t>(octets);
    if (!last || !passes || *last > std::uint64_t{1} << 62) return std::nullopt;
    return greylist::Known{static_cast<std::int64_t>(*last), *passes};
}

std::string octets_of(const Counts& counts) {
    std::string octets;
    for (const auto number : {counts.returned, counts.seconds, counts.never_again, counts.displaced})
        keyvalue::append_number(octets, number);
    return octets;
}

Counts read_counts(std::string_view octets) {
    Counts counts;
    for (auto* number : {&counts.returned, &counts.seconds, &counts.never_again, &counts.displaced})
        *number = keyvalue::take_number<std::uint64_t>(octets).value_or(0);
    return counts;
}

keyvalue::Options options_of(const Rules& rules, keyvalue::Access access) {
    return {
        .format = "hermod greylist 1",
        .tables = {"waiting", "waiting by age", "known", "known by age", "written to", "written to by age", "counts"},
        .most_octets = (std::uint64_t{16} << 20) + 3 * rules.entries * octets_of_an_entry,
        .access = access,
        .durability = keyvalue::Durability::Recent};
}

}  // namespace

Result<std::unique_ptr<Book>> Book::open(const std::string& path, const Rules& rules, keyvalue::Access access) {
    std::unique_ptr<Book> book(new Book(rules));
    book->database_ = TRY(keyvalue::Database::open(path, options_of(rules, access)));
    const auto view = TRY(book->database_->view());
    if (const auto counts = TRY(view.get(table_of_counts, "counts"))) book->counts_ = read_counts(*counts);
    return book;
}

Result<std::optional<Book::Entry>> Book::find(Kind kind, const std::string& name) const {
    if (name.empty()) return std::nullopt;
    const auto digest = digest_of(name);
    if (const auto found = unwritten_.find({kind, digest}); found != unwritten_.end()) return found->second;
    const auto view = TRY(database_->view());
    const auto found = TRY(view.get(entries_of(kind), digest));
    return found ? read_entry(*found) : std::nullopt;
}

Result<greylist::Remembered> Book::remembered(const greylist::Names& names) const {
    greylist::Remembered all;
    if (const auto waits = TRY(find(Waiting, names.key))) all.waits_since = waits->last;
    all.known = TRY(find(Acquainted, names.key));
    all.network = TRY(find(Acquainted, names.network));
    all.wrote_to_address = TRY(find(Written, names.address));
    all.wrote_to_domain = TRY(find(Written, names.domain));
    return all;
}

Result<Decision> Book::foresee(const greylist::Attempt& attempt, std::int64_t now) const {
    return decide(attempt, TRY(remembered(names_of(attempt, rules_.key))), now, rules_.windows);
}

Result<Decision> Book::judge(const greylist::Attempt& attempt, std::int64_t now) {
    const auto names = names_of(attempt, rules_.key);
    const auto known = TRY(remembered(names));
    const auto decision = decide(attempt, known, now, rules_.windows);
    TRY(learn(names, known, decision, now));
    return decision;
}

Result<> Book::learn(const greylist::Names& names, const greylist::Remembered& remembered, const Decision& decision,
                     std::int64_t now) {
    switch (decision.why) {
        case Decision::Why::NotDoubted:
            return names.key != names.domain ? Result<>() : renew(Acquainted, names.key, remembered.known, now);
        case Decision::Why::Known: return renew(Acquainted, names.key, remembered.known, now);
        case Decision::Why::KnownNetwork: return renew(Acquainted, names.network, remembered.network, now);
        case Decision::Why::First: return remember(Waiting, names.key, Entry{.last = now}, now);
        case Decision::Why::Waited: return welcome(names, remembered, decision, now);
        case Decision::Why::Correspondent:
        case Decision::Why::Early: return {};
    }
    return {};
}

/// Somebody who has waited.
Result<> Book::welcome(const greylist::Names& names, const greylist::Remembered& remembered, const Decision& decision,
                       std::int64_t now) {
    ++counts_.returned;
    counts_.seconds += static_cast<std::uint64_t>(decision.time.count());
    auto network = remembered.network.value_or(Entry{.passes = 0});
    network.last = now;
    if (network.passes < greylist::passes_of_a_network) ++network.passes;
    TRY(remember(Waiting, names.key, std::nullopt, now));
    TRY(remember(Acquainted, names.network, network, now));
    return remember(Acquainted, names.key, Entry{.last = now}, now);
}

Result<> Book::note_correspondent(const std::string& address, std::int64_t now) {
    const auto at = address.rfind('@');
    if (at == address.npos) return {};
    for (const auto& name : {greylist::name_of_address(address), greylist::name_of_domain(address.substr(at + 1))}) {
        const auto known = TRY(find(Written, name));
        if (!name.empty()) TRY(renew(Written, name, known, now));
    }
    return {};
}

Result<> Book::renew(Kind kind, const std::string& name, const std::optional<Entry>& known, std::int64_t now) {
    if (known && now - known->last < a_day && now >= known->last) return {};
    return remember(kind, name, Entry{.last = now, .passes = known ? known->passes : 1}, now);
}

// Where it cannot be written nothing more is remembered than there is room for here.
Result<> Book::remember(Kind kind, const std::string& name, std::optional<Entry> entry, std::int64_t now) {
    if (unwritten_.size() >= most_unwritten) TRY(write(now));
    unwritten_[{kind, digest_of(name)}] = entry;
    return {};
}

Result<> Book::write(std::int64_t now) {
    auto counts = counts_;
    auto change = TRY(database_->change());
    for (const auto& [place, entry] : unwritten_) TRY(put(change, place, entry));
    for (const auto kind : {Waiting, Acquainted, Written}) TRY(drop(change, kind, now, counts));
    TRY(change.put(table_of_counts, "counts", octets_of(counts)));
    TRY(change.commit());
    counts_ = counts;
    unwritten_.clear();
    return {};
}

Result<> Book::put(Change& change, const Place& place, const std::optional<Entry>& entry) {
    const auto entries = entries_of(place.kind), ages = ages_of(place.kind);
    const auto old = TRY(change.get(entries, place.digest));
    if (const auto before = old ? read_entry(*old) : std::nullopt)
        std::ignore = TRY(change.erase(ages, age_of(*before, place.digest)));
    if (!entry) {
        std::ignore = TRY(change.erase(entries, place.digest));
        return {};
    }
    TRY(change.put(entries, place.digest, octets_of(*entry)));
    return change.put(ages, age_of(*entry, place.digest), "");
}

/// What is over; and the oldest, while there are more than there may be.
Result<> Book::drop(Change& change, Kind kind, std::int64_t now, Counts& counts) const {
    const auto window = kind == Waiting ? rules_.windows.retry : rules_.windows.pass;
    auto left = TRY(change.count(entries_of(kind)));
    for (std::size_t dropped = 0; dropped < most_dropped && left > 0; ++dropped, --left) {
        const auto oldest = TRY(change.first(ages_of(kind)));
        if (!oldest) return {};
        const std::string age(oldest->first);
        std::string_view octets(age);
        const auto last = static_cast<std::int64_t>(keyvalue::take_number<std::uint64_t>(octets).value_or(0));
        const bool is_over = last + window.count() < now;
        if (!is_over && left <= rules_.entries) return {};
        std::ignore = TRY(change.erase(ages_of(kind), age));
        if (!octets.empty()) std::ignore = TRY(change.erase(entries_of(kind), octets));
        if (kind == Waiting && is_over) ++counts.never_again;
        if (!is_over) ++counts.displaced;
    }
    return {};
}

Result<Figures> Book::figures() const {
    const auto view = TRY(database_->view());
    return Figures{.counts = counts_,
                   .waiting = TRY(view.count(entries_of(Waiting))),
                   .known = TRY(view.count(entries_of(Acquainted))),
                   .correspondents = TRY(view.count(entries_of(Written)))};
}

}  // namespace greybook
