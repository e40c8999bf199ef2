#include "keyvalue/structure.h"

#include <sys/mman.h>
#include <unistd.h>

#include "file/descriptor.h"
#include "fuzz.h"

// Whatever a file is, looking at it ends, and nothing outside it is believed: what has no sound head has no sound
// pages.
FUZZ(octets) {
    const file::Descriptor file(::memfd_create("store", MFD_CLOEXEC));
    VERIFY(file);
    VERIFY(::write(file.get(), octets.data(), octets.size()) == static_cast<ssize_t>(octets.size()));
    const bool has_head = keyvalue::check_head(file.get()).has_value();
    for (const std::uint64_t id : {0U, 1U, 2U}) {
        const bool has_pages = keyvalue::check_pages(file.get(), id).value_or(false);
        if (octets.size() < 8192) VERIFY(!has_pages && !has_head);
    }
}
