#include "keyvalue/structure.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "lang/try.h"

namespace keyvalue {
namespace {

static_assert(std::endian::native == std::endian::little && sizeof(std::size_t) == 8);  // as LMDB writes it here

constexpr std::uint32_t magic = 0xbeef'c0de;
constexpr std::uint32_t version = 1;
constexpr std::uint64_t no_page = ~std::uint64_t{0};
constexpr std::size_t page_header = 16;
constexpr std::size_t node_header = 8;
constexpr std::size_t longest_node_key = 511;
constexpr std::size_t deepest = 30;            // LMDB walks on a stack of 32
constexpr std::uint64_t most_pages = 1 << 26;  // 256 GiB. Hostile: sparse files have any length

enum PageFlag : std::uint16_t { branch = 0x01, leaf = 0x02, overflow = 0x04, meta = 0x08 };
enum NodeFlag : std::uint16_t { big_data = 0x01, sub_data = 0x02 };
constexpr std::uint16_t integer_keys = 0x08;  // of the table of free pages
constexpr std::uint16_t no_folder = 0x4000;   // among these: MDB_NOSUBDIR, as the store was made

/// MDB_db
struct TableHead {
    std::uint32_t pad;
    std::uint16_t flags;
    std::uint16_t depth;
    std::uint64_t branch_pages;
    std::uint64_t leaf_pages;
    std::uint64_t overflow_pages;
    std::uint64_t entries;
    std::uint64_t root;
};
/// MDB_meta
struct Meta {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint64_t address;
    std::uint64_t map_size;
    TableHead free;
    TableHead main;
    std::uint64_t last_page;
    std::uint64_t transaction;
};
static_assert(sizeof(TableHead) == 48 && sizeof(Meta) == 136);

template <typename T>
T read_as(std::string_view octets, std::size_t at) {
    T value;
    std::memcpy(&value, octets.data() + at, sizeof value);
    return value;
}

template <typename... Arguments>
std::unexpected<std::string> wrong(fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    return std::unexpected(fmt::format(form, std::forward<Arguments>(arguments)...));
}

Checked read_at(int file, std::uint64_t offset, std::string& into) {
    std::size_t done = 0;
    while (done < into.size()) {
        const auto got = ::pread(file, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return wrong("cannot read: {}", std::strerror(errno));
        if (got == 0) return wrong("it ends at {}, within a page", offset + done);
        done += static_cast<std::size_t>(got);
    }
    return {};
}

std::expected<Meta, std::string> read_meta(int file, std::uint64_t offset) {
    std::string octets(page_header + sizeof(Meta), '\0');
    TRY(read_at(file, offset, octets));
    if (read_as<std::uint16_t>(octets, 10) != meta) return wrong("it does not begin like a store");
    const auto found = read_as<Meta>(octets, page_header);
    if (found.magic != magic || found.version != version) return wrong("it is no store that this LMDB reads");
    const auto size = found.free.pad;
    if (!std::has_single_bit(size) || size < 4096 || size > 32'768) return wrong("pages of {} octets", size);
    // Hostile: a flag here has the file mapped at an address of its own choice.
    if ((found.free.flags | no_folder) != (integer_keys | no_folder) || found.main.flags != 0)
        return wrong("its tables are of a kind unknown here");
    return found;
}

struct Metas {
    Meta first;
    Meta second;
};

std::expected<Metas, std::string> read_metas(int file) {
    Metas metas{};
    metas.first = TRY(read_meta(file, 0));
    metas.second = TRY(read_meta(file, metas.first.free.pad));
    if (metas.first.free.pad != metas.second.free.pad) return wrong("pages of two sizes");
    return metas;
}

Checked check_length(int file, const Meta& newest) {
    struct stat status{};
    if (::fstat(file, &status) != 0) return wrong("cannot ask for its size: {}", std::strerror(errno));
    const auto pages = static_cast<std::uint64_t>(status.st_size) / newest.free.pad;
    if (pages > most_pages) return wrong("it has {} pages", pages);
    if (newest.last_page < 1 || newest.last_page >= pages)
        return wrong("it has {} pages of {}: its end is missing", pages, newest.last_page);
    return {};
}

class Walk {
public:
    Walk(int file, const Meta& meta)
        : file_(file), size_(meta.free.pad), last_(meta.last_page), seen_(meta.last_page + 1) {}

    enum class Kind { Free, Main, Named };

    Checked check(const TableHead& table, Kind kind) {
        if (table.root == no_page)
            return table.entries == 0 ? Checked() : wrong("a table has {} entries and no page", table.entries);
        if (table.depth < 1 || table.depth > deepest) return wrong("a table is {} pages deep", table.depth);
        Counts counts;
        TRY(check_page(table.root, table.depth, kind, counts));
        if (counts.entries != table.entries || counts.branches != table.branch_pages ||
            counts.leaves != table.leaf_pages || counts.overflows != table.overflow_pages)
            return wrong("a table has another number of pages or entries than it says");
        return {};
    }

private:
    struct Counts {
        std::uint64_t entries = 0;
        std::uint64_t branches = 0;
        std::uint64_t leaves = 0;
        std::uint64_t overflows = 0;
    };
    struct Node {
        std::string_view key;
        std::uint16_t flags = 0;
        std::uint64_t child = 0;  // of a branch
        std::uint32_t length = 0;
        std::string_view value;  // or where it is (big_data)
    };

    Checked mark(std::uint64_t page) {
        if (page < 2 || page > last_) return wrong("page {} of {} is referred to", page, last_);
        if (seen_[page]) return wrong("page {} is used twice", page);
        seen_[page] = true;
        return {};
    }

    // Hostile: `level` goes down by one with each call and begins at no more than `deepest`.
    Checked check_page(std::uint64_t number, std::size_t level, Kind kind, Counts& counts) {
        TRY(mark(number));
        std::string page(size_, '\0');
        TRY(read_at(file_, number * size_, page));
        const bool is_leaf = level == 1;
        (is_leaf ? counts.leaves : counts.branches) += 1;
        const auto lower = read_as<std::uint16_t>(page, 12);
        const auto upper = read_as<std::uint16_t>(page, 14);
        if (read_as<std::uint64_t>(page, 0) != number ||
            read_as<std::uint16_t>(page, 10) != (is_leaf ? leaf : branch) || lower < page_header || lower > upper ||
            upper > size_)
            return wrong("page {} is not what it should be", number);
        const std::size_t nodes = (lower - page_header) / 2;
        if (nodes < (is_leaf || kind == Kind::Free ? 1U : 2U)) return wrong("page {} has {} entries", number, nodes);
        std::optional<std::string> before;
        for (std::size_t i = 0; i < nodes; ++i) {
            const auto node = node_at(page, read_as<std::uint16_t>(page, page_header + 2 * i), upper, is_leaf);
            if (!node) return wrong("page {} has an entry that leaves it", number);
            // The first key of a branch is not looked at, and may be empty.
            const bool has_key = is_leaf || i > 0;
            if (has_key && (node->key.empty() || (before && !is_before(*before, node->key, kind))))
                return wrong("page {} has its keys in another order", number);
            if (has_key) before = node->key;
            if (is_leaf)
                TRY(check_entry(*node, kind, counts));
            else
                TRY(check_page(node->child, level - 1, kind, counts));
        }
        return {};
    }

    std::optional<Node> node_at(std::string_view page, std::size_t at, std::size_t upper, bool is_leaf) const {
        if (at < upper || at % 2 != 0 || at + node_header > size_) return std::nullopt;
        const auto low = read_as<std::uint16_t>(page, at);
        const auto high = read_as<std::uint16_t>(page, at + 2);
        const std::size_t key = read_as<std::uint16_t>(page, at + 6);
        Node node;
        node.flags = read_as<std::uint16_t>(page, at + 4);
        node.length = low | std::uint32_t{high} << 16;
        node.child = node.length | std::uint64_t{node.flags} << 32;
        if (key > longest_node_key || at + node_header + key > size_) return std::nullopt;
        node.key = page.substr(at + node_header, key);
        if (!is_leaf) return node;
        const std::size_t length = node.flags & big_data ? sizeof(std::uint64_t) : node.length;
        const std::size_t begin = at + node_header + key;
        if (length > size_ - begin) return std::nullopt;
        node.value = page.substr(begin, length);
        return node;
    }

    static bool is_before(std::string_view a, std::string_view b, Kind kind) {
        if (kind != Kind::Free) return a < b;
        return a.size() == 8 && b.size() == 8 && read_as<std::uint64_t>(a, 0) < read_as<std::uint64_t>(b, 0);
    }

    Checked check_entry(const Node& node, Kind kind, Counts& counts) {
        ++counts.entries;
        if (node.flags & ~(big_data | sub_data)) return wrong("an entry of a kind unknown here");
        std::string moved;
        if (node.flags & big_data) moved = TRY(overflow_of(node, kind, counts));
        if (node.flags & sub_data) {
            if (kind != Kind::Main || node.flags & big_data || node.value.size() != sizeof(TableHead))
                return wrong("a table where none may be");
            const auto table = read_as<TableHead>(node.value, 0);
            if (table.flags != 0) return wrong("a table of a kind unknown here");
            return check(table, Kind::Named);
        }
        if (kind == Kind::Free) return check_free(node.key, node.flags & big_data ? moved : node.value);
        return {};
    }

    /// Only what is in the table of free pages is looked at.
    std::expected<std::string, std::string> overflow_of(const Node& node, Kind kind, Counts& counts) {
        const auto first = read_as<std::uint64_t>(node.value, 0);
        TRY(mark(first));
        std::string head(page_header, '\0');
        TRY(read_at(file_, first * size_, head));
        const std::uint64_t pages = read_as<std::uint32_t>(head, 12);
        if (read_as<std::uint64_t>(head, 0) != first || read_as<std::uint16_t>(head, 10) != overflow || pages == 0 ||
            pages - 1 > last_ - first || node.length > pages * size_ - page_header)
            return wrong("page {} does not hold the value that it should", first);
        for (std::uint64_t page = first + 1; page < first + pages; ++page) TRY(mark(page));
        counts.overflows += pages;
        std::string value;
        if (kind != Kind::Free) return value;
        value.resize(node.length);
        TRY(read_at(file_, first * size_ + page_header, value));
        return value;
    }

    /// The number of a transaction, and what it left: how many pages, then these, the highest first.
    Checked check_free(std::string_view key, std::string_view value) {
        if (key.size() != 8 || value.size() < 8 || value.size() % 8 != 0) return wrong("free pages that are no list");
        const auto count = read_as<std::uint64_t>(value, 0);
        if (count > value.size() / 8 - 1) return wrong("a list of free pages that is longer than it is");
        std::uint64_t above = last_ + 1;
        for (std::uint64_t i = 1; i <= count; ++i) {
            const auto page = read_as<std::uint64_t>(value, 8 * i);
            if (page >= above) return wrong("free pages out of order");
            TRY(mark(page));
            above = page;
        }
        return {};
    }

    int file_;
    std::size_t size_;
    std::uint64_t last_;
    std::vector<bool> seen_;
};

}  // namespace

Checked check_head(int file) {
    const auto metas = TRY(read_metas(file));
    return check_length(file, metas.first.transaction > metas.second.transaction ? metas.first : metas.second);
}

std::expected<bool, std::string> check_pages(int file, std::uint64_t id) {
    const auto metas = TRY(read_metas(file));
    for (const auto& meta : {metas.first, metas.second}) {
        if (meta.transaction != id) continue;
        TRY(check_length(file, meta));
        Walk walk(file, meta);
        TRY(walk.check(meta.free, Walk::Kind::Free));
        TRY(walk.check(meta.main, Walk::Kind::Main));
        return true;
    }
    return false;
}

}  // namespace keyvalue
