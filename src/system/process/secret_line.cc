#include "process/secret_line.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "text/ascii.h"

namespace process {

std::expected<std::string, std::string_view> secret_line(const file::Descriptor& file, std::size_t longest) {
    std::string text(longest + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::pread(file.get(), text.data() + length, text.size() - length, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected("cannot be read");
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length > longest) return std::unexpected("is too long for a password");
    text.resize(length);
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) return std::unexpected("has no password in it");
    if (std::ranges::any_of(text, text::is_control)) return std::unexpected("has more in it than one line");
    return text;
}

}  // namespace process
