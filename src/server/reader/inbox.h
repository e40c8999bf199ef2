#pragma once
// What reader and its workers are asked. Nothing else under server/reader may be included from outside.
//
// Hostile: pop3d talks to strangers and may be broken into. It can name no mailbox: directory, which has seen the
// login, gives reader a grant and pop3d the key to it, which opens that one mailbox, once.

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "directory/inbox.h"

namespace reader {

/// Drawn by chance: nobody guesses one.
using Key = std::array<std::uint64_t, 2>;

/// From directory: somebody has logged in. Whoever of pop3d brings this key soon may open this mailbox.
struct Grant {
    Key key{};
    std::uint8_t holder = 0;  // the index of that pop3d
    std::string account;      // for the log
    directory::Mailbox mailbox;
    bool operator==(const Grant&) const = default;
};
constexpr auto fields(const Grant*) {
    return std::tuple{&Grant::key, &Grant::holder, &Grant::account, &Grant::mailbox};
}

/// From pop3d: answered by pop3d::Opened.
struct Open {
    std::uint64_t ticket = 0;
    Key key{};
    bool operator==(const Open&) const = default;
};
constexpr auto fields(const Open*) { return std::tuple{&Open::ticket, &Open::key}; }

using FromDirectory = std::variant<Grant>;
using FromPop3d = std::variant<Open>;

// ---- to a worker, over the socket that came with pop3d::Opened: one question at a time, each with one answer

/// Answered by pop3d::Counted.
struct CountMessages {
    bool operator==(const CountMessages&) const = default;
};
constexpr auto fields(const CountMessages*) { return std::tuple{}; }

enum class About : std::uint8_t { Size, UniqueId };

/// Answered by pop3d::Looked.
struct Look {
    About about = About::Size;
    std::uint32_t message = 0;
    bool operator==(const Look&) const = default;
};
constexpr auto fields(const Look*) { return std::tuple{&Look::about, &Look::message}; }

/// All that are not marked, from this number on. Answered by pop3d::Listed, as far as there is room in it.
struct ListMessages {
    About about = About::Size;
    std::uint32_t from = 1;
    bool operator==(const ListMessages&) const = default;
};
constexpr auto fields(const ListMessages*) { return std::tuple{&ListMessages::about, &ListMessages::from}; }

/// Answered by pop3d::Piece, the first of the message.
struct Fetch {
    std::uint32_t message = 0;
    bool operator==(const Fetch&) const = default;
};
constexpr auto fields(const Fetch*) { return std::tuple{&Fetch::message}; }

/// The next piece of it.
struct FetchMore {
    bool operator==(const FetchMore&) const = default;
};
constexpr auto fields(const FetchMore*) { return std::tuple{}; }

/// Answered by pop3d::Looked.
struct Mark {
    std::uint32_t message = 0;
    bool operator==(const Mark&) const = default;
};
constexpr auto fields(const Mark*) { return std::tuple{&Mark::message}; }

/// Answered by pop3d::Counted.
struct UnmarkAll {
    bool operator==(const UnmarkAll&) const = default;
};
constexpr auto fields(const UnmarkAll*) { return std::tuple{}; }

/// Delete what is marked. Answered by pop3d::Updated; then the worker ends.
struct Update {
    bool operator==(const Update&) const = default;
};
constexpr auto fields(const Update*) { return std::tuple{}; }

using ToWorker = std::variant<CountMessages, Look, ListMessages, Fetch, FetchMore, Mark, UnmarkAll, Update>;

}  // namespace reader
