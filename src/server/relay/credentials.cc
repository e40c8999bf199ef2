#include "relay/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "process/secret_line.h"

namespace relay {
std::vector<std::string> Credentials::use(site::Routes routes, const std::vector<process::Secret>& files) {
    std::vector<std::string> problems;
    known_.clear();
    std::uint32_t number = 0;
    for (const auto& route : routes) {
        if (route.password_file.empty()) continue;
        const auto file = std::ranges::find(files, number++, &process::Secret::index);
        if (file == files.end()) continue;  // master could not open it, and said so
        auto password = process::secret_line(file->file, site::longest_password);
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
