#include "check/passwords.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace check {

std::string flaw_of_secret_file(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return std::string("cannot be read: ") + std::strerror(errno);
    if (!S_ISREG(status.st_mode)) return "is no file";
    if (status.st_mode & (S_IRWXG | S_IRWXO)) return "is open to others than its owner: chmod 600";
    if (status.st_size == 0) return "is empty";
    if (::access(path.c_str(), R_OK) != 0) return "cannot be read";
    return {};
}

void check_password_files(const config::Document& document, const site::Routes& routes, config::Problems& problems) {
    const config::Node* tables = document.root.find("route");
    if (!tables || tables->items.size() != routes.size()) return;  // that is complained of elsewhere
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (routes[i].password_file.empty()) continue;
        const config::Node* path = tables->items[i].find("password_file");
        if (const auto flaw = flaw_of_secret_file(routes[i].password_file); !flaw.empty() && path)
            problems.push_back(document.problem_at(path->where, "route.password_file",
                                                   config::toml_string(routes[i].password_file) + " " + flaw));
    }
}

}  // namespace check
