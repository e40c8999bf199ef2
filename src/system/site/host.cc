#include "site/host.h"

namespace site {

std::string below(const Host& host, std::string_view name) {
    return host.data_directory + (host.data_directory.ends_with('/') ? "" : "/") + std::string(name);
}

std::string queue_directory(const Host& host) { return below(host, "queue"); }

std::string policy_folder(const Host& host) { return below(host, "policy"); }
std::string acme_folder(const Host& host) { return below(host, "acme"); }

std::string drop_directory(const Host& host) {
    return host.drop_directory.empty() ? below(host, "drop") : host.drop_directory;
}

std::string directory_folder(const Host& host) { return below(host, "directory"); }

std::string directory_database(const Host& host) { return directory_folder(host) + "/directory.db"; }

std::string lists_folder(const Host& host) { return below(host, "lists"); }

}  // namespace site
