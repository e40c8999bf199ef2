#pragma once
// The spool's directory: what belongs into it, who has it, and how often it was opened.
//
//   format        "hermod spool 1" and a number that tells this spool from others
//   lock          held while a process works here
//   starts        how often the spool was started; message ids and segments of different starts differ by it
//   checkpoint-*  segments/  blobs/  quarantine/
//
// Nothing else may be here: a foreign file or a symbolic link means that somebody else works in this directory, or that
// it is the wrong one, and then the only safe thing is to touch nothing.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "file/disk.h"

namespace spool {

/// Why the spool cannot be opened, for the person who started it.
struct Refusal {
    enum class Reason {
        Locked,   // another process has it
        Foreign,  // something here is not ours
        Version,  // written by a Hermod this one does not understand
        Disk,     // an error from below
    };
    Reason reason;
    std::string text;
};

template <typename T>
using Opened = std::expected<T, Refusal>;

struct Layout {
    std::unique_ptr<file::OpenFile> lock;
    std::uint64_t spool = 0;              // the number in `format`
    std::uint32_t start = 0;              // 0: the file was damaged; see choose_start()
    std::vector<std::uint64_t> segments;  // ascending
    std::vector<std::uint64_t> spares;
    std::vector<std::uint64_t> checkpoints;  // ascending
    std::vector<std::uint64_t> blobs;        // message ids
};

/// Looks, takes the lock, creates what is missing. What a crash left half-made is removed.
Opened<Layout> open_layout(file::Disk& disk, const clocks::Clock& clock);

/// Records that this is start number `start`, durably.
Opened<void> record_start(file::Disk& disk, std::uint32_t start);

constexpr std::string_view quarantine_directory = "quarantine";
std::string checkpoint_path(std::uint64_t number);

/// Puts octets that do not match their checksum aside, for people to look at. As well as it can.
void quarantine(file::Disk& disk, const std::string& name, std::string_view octets);

std::unexpected<Refusal> refused(const file::Error& error);

}  // namespace spool
