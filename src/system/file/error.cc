#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "file/disk.h"

namespace file {

bool Error::is_full() const { return number == ENOSPC || number == EDQUOT; }
bool Error::is_absent() const { return number == ENOENT; }
bool Error::exists() const { return number == EEXIST; }
bool Error::is_locked() const { return number == EWOULDBLOCK; }

std::string to_text(const Error& error) {
    const char* description = ::strerrordesc_np(error.number);
    return fmt::format("{} {}: {}", error.call, error.path, description ? description : "unknown error");
}

}  // namespace file
