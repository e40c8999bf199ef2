#pragma once
// A file out of the drop directory, as it is found. Hostile: every local user can put anything there, so it is looked
// at only through the descriptor that was opened, and its owner is the only thing about it that is sure.

#include <cstdint>
#include <expected>
#include <string>
#include <variant>

#include "drop/envelope.h"
#include "file/descriptor.h"

namespace pickup {

struct Dropped {
    file::Descriptor file;
    std::uint32_t uid = 0;  // who hands it in
    std::uint64_t size = 0;
    std::int64_t written = 0;  // seconds since 1970
    drop::Head head;
};

struct NotTaken {
    enum class Because {
        Gone,     // it is not there any more
        Later,    // it cannot be opened at the moment
        Refused,  // a message that cannot be understood or taken: to be set aside
        Strange,  // no message at all: to be removed
    };
    Because because = Because::Refused;
    std::string reason;
};

/// `domain`: for addresses without one.
std::expected<Dropped, NotTaken> open_dropped(int directory, const std::string& name, std::uint64_t most_octets,
                                              std::string_view domain);

/// Whose a file is, without opening it; for fairness only. nullopt: gone.
std::optional<std::uint32_t> owner_of(int directory, const std::string& name);

}  // namespace pickup
