#include "relay/credentials.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <expected>

#include "text/ascii.h"

namespace relay {
namespace {

/// One line. From its beginning, wherever other processes that have it open are.
std::expected<std::string, std::string_view> read_password(const file::Descriptor& file) {
    std::string text(site::longest_password + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::pread(file.get(), text.data() + length, text.size() - length, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected("cannot be read");
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length > site::longest_password) return std::unexpected("is too long for a password");
    text.resize(length);
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) return std::unexpected("has no password in it");
    if (std::ranges::any_of(text, text::is_control)) return std::unexpected("has more in it than one line");
    return text;
}

}  // namespace

std::vector<std::string> Credentials::use(site::Routes routes, const std::vector<process::Secret>& files) {
    std::vector<std::string> problems;
    known_.clear();
    std::uint32_t number = 0;
    for (const auto& route : routes) {
        if (route.password_file.empty()) continue;
        const auto file = std::ranges::find(files, number++, &process::Secret::index);
        if (file == files.end()) continue;  // master could not open it, and said so
        auto password = read_password(file->file);
        const auto destination = parse_destination(site::destination_key(route, {}));
        if (password && destination)
            known_.push_back({*destination,
                              {.user = route.username,
                               .password = std::move(*password),
                               .mechanisms = site::login_mechanisms(route),
                               .may_be_in_clear = route.login_in_clear}});
        else if (!password)
            problems.push_back(fmt::format("{} {}", route.password_file, password.error()));
    }
    return problems;
}

std::optional<smtp::LoginSettings> Credentials::find(const Destination& destination) const {
    const auto found = std::ranges::find(known_, destination, &Known::destination);
    if (found == known_.end()) return std::nullopt;
    return found->login;
}

}  // namespace relay
