#pragma once
// What pop3d hears from reader, and from the workers that reader has started for its sessions. Nothing else under
// server/pop3d may be included from outside.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "file/descriptor.h"
#include "pop3/reach.h"

namespace pop3d {

/// A worker has been started: talk to it. No descriptor: it was not, for want of a grant, of a mailbox or of processes.
struct Opened {
    enum class Refusal : std::uint8_t { None, Later, NoMailbox };
    std::uint64_t ticket = 0;
    Refusal refusal = Refusal::None;
    file::Descriptor worker;
    bool operator==(const Opened&) const = default;
};
constexpr auto fields(const Opened*) { return std::tuple{&Opened::ticket, &Opened::refusal, &Opened::worker}; }

using FromReader = std::variant<Opened>;

// ---- from a worker

/// The first thing it says, unasked: how the maildrop was found.
struct Found {
    enum class State : std::uint8_t { Open, InUse, NoMailbox, Failing };
    State state = State::Failing;
    std::uint32_t messages = 0;
    std::string trouble;  // for the log
    bool operator==(const Found&) const = default;
};
constexpr auto fields(const Found*) { return std::tuple{&Found::state, &Found::messages, &Found::trouble}; }

struct Counted {
    std::uint32_t messages = 0;
    std::uint64_t octets = 0;
    bool operator==(const Counted&) const = default;
};
constexpr auto fields(const Counted*) { return std::tuple{&Counted::messages, &Counted::octets}; }

struct Looked {
    pop3::Reach reach = pop3::Reach::Failing;
    std::string text;  // what was asked: a size, an id
    bool operator==(const Looked&) const = default;
};
constexpr auto fields(const Looked*) { return std::tuple{&Looked::reach, &Looked::text}; }

struct Listed {
    std::string lines;       // "1 1200\r\n2 830\r\n"
    std::uint32_t next = 0;  // where to go on; 0: that was all
    bool operator==(const Listed&) const = default;
};
constexpr auto fields(const Listed*) { return std::tuple{&Listed::lines, &Listed::next}; }

/// Of a message, as it is kept.
struct Piece {
    pop3::Reach reach = pop3::Reach::Failing;  // Failing may come in the middle, too
    std::string octets;
    bool is_last = true;
    bool operator==(const Piece&) const = default;
};
constexpr auto fields(const Piece*) { return std::tuple{&Piece::reach, &Piece::octets, &Piece::is_last}; }

struct Updated {
    std::uint32_t deleted = 0;
    std::uint32_t left = 0;
    std::uint32_t remaining = 0;
    std::string trouble;  // for the log
    bool operator==(const Updated&) const = default;
};
constexpr auto fields(const Updated*) {
    return std::tuple{&Updated::deleted, &Updated::left, &Updated::remaining, &Updated::trouble};
}

using FromWorker = std::variant<Found, Counted, Looked, Listed, Piece, Updated>;

/// One piece of a message or of a list is about so long, and no frame of a worker's is much longer.
constexpr std::size_t longest_piece = std::size_t{64} * 1024;
constexpr std::size_t longest_frame_of_worker = 2 * longest_piece;

}  // namespace pop3d
