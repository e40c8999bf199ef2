#pragma once
// The ARC sets of a header: what each of the systems that passed a message on has stated about it. RFC 8617 §4, §5.2.
//
// Pure. What is read here is the structure: each instance has its three fields once, from 1 up without a gap.
// Hostile: at most 50 sets (§4.2.1), in at most 256 KiB; a longer chain is no chain.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "dkim/header.h"
#include "dkim/signature.h"
#include "mime/header.h"

namespace arc {

constexpr std::size_t most_sets = 50;
constexpr std::size_t longest_chain = 256 * 1024;  // octets of all ARC fields

enum class Result : std::uint8_t { None, Pass, Fail };
std::string_view to_text(Result result);

struct Set {
    const mime::Field* results = nullptr;            // ARC-Authentication-Results
    const mime::Field* message_signature = nullptr;  // ARC-Message-Signature
    const mime::Field* seal = nullptr;               // ARC-Seal
    Result chain = Result::None;                     // cv=: what the sealer found
    dkim::Signature seal_tags;
};

struct Chain {
    std::vector<Set> sets;          // the first is instance 1
    std::size_t highest = 0;        // instance that stands there, of a broken chain too
    bool is_marked_failed = false;  // the newest seal says cv=fail: nobody seals it any more (§5.1)
    std::string problem;            // why it is no chain; empty: it is one, or there is none
};

/// Of the header's fields, which must outlive this.
Chain read_chain(const dkim::Header& header);

/// What the seal of the last of these sets covers (§5.1.1): all fields of all sets, the seal itself last and without
/// its b=.
std::string sealed_text(const std::vector<Set>& sets);

}  // namespace arc
