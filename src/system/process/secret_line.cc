#include "process/secret_line.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lang/try.h"
#include "text/ascii.h"

namespace process {
namespace {

std::expected<std::string, std::string_view> text_of(const file::Descriptor& file, std::size_t longest) {
    auto text = TRY(secret_text(file, longest + 1));
    if (text.size() > longest) return std::unexpected("is too long for a password");
    return text;
}

}  // namespace

std::expected<std::string, std::string_view> secret_text(const file::Descriptor& file, std::size_t most) {
    std::string text(most, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::pread(file.get(), text.data() + length, text.size() - length, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected("cannot be read");
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    text.resize(length);
    return text;
}

std::expected<std::string, std::string_view> secret_line(const file::Descriptor& file, std::size_t longest) {
    auto text = TRY(text_of(file, longest));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) return std::unexpected("has no password in it");
    if (std::ranges::any_of(text, text::is_control)) return std::unexpected("has more in it than one line");
    return text;
}

std::expected<std::vector<std::string>, std::string_view> secret_lines(const file::Descriptor& file,
                                                                       std::size_t longest) {
    const auto text = TRY(text_of(file, longest));
    std::vector<std::string> lines;
    for (std::string_view rest = text; !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.emplace_back(line);
    }
    if (lines.empty()) return std::unexpected("has no secret in it");
    return lines;
}

}  // namespace process
