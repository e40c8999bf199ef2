#include "authentication/message_input.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace authentication {
namespace {

constexpr std::size_t most_in_small_file = 64 * 1024;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

std::unexpected<std::string> unreadable(const std::string& path) {
    return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

std::expected<void, std::string> MessageInput::read(const std::function<void(std::string_view)>& take) const {
    const bool is_standard = path_ == "-";
    const File file(is_standard ? stdin : std::fopen(path_.c_str(), "rb"),
                    is_standard ? [](std::FILE*) { return 0; } : &std::fclose);
    if (!file) return unreadable(path_);
    std::array<char, 65536> piece;
    while (const auto length = std::fread(piece.data(), 1, piece.size(), file.get())) take({piece.data(), length});
    if (std::ferror(file.get())) return unreadable(path_);
    return {};
}

std::expected<std::string, std::string> MessageInput::read_whole() const {
    std::string text;
    const auto read_all = read([&](std::string_view piece) { text += piece; });
    if (!read_all) return std::unexpected(read_all.error());
    return text;
}

std::expected<std::string, std::string> read_small(const std::string& path) {
    const File file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return unreadable(path);
    std::string text(most_in_small_file + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get())) return unreadable(path);
    if (text.size() > most_in_small_file) return std::unexpected(path + ": is too long");
    return text;
}

}  // namespace authentication
