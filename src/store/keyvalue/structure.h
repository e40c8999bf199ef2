#pragma once
// Whether a file is what LMDB 0.9 makes of tables, looked at without believing any of it. LMDB follows page numbers,
// lengths and offsets as they stand, so each of them is checked here first.

#include <cstdint>
#include <expected>
#include <string>

namespace keyvalue {

/// What is wrong with it.
using Checked = std::expected<void, std::string>;

/// The two pages in front: their kind and version, flags that we never set, and that no page in use is behind the end.
Checked check_head(int file);

/// Every page of the state that transaction `id` reads, and those that are free. Linear in the file; one bit of memory
/// a page. Safe while others write, as long as that transaction is open. False: two changes were made since it began,
/// so that the file no longer says what it reads.
std::expected<bool, std::string> check_pages(int file, std::uint64_t id);

}  // namespace keyvalue
