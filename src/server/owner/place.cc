#include "owner/place.h"

#include <fmt/format.h>

namespace owner {
namespace {

constexpr std::size_t longest_name = 255;    // NAME_MAX of Linux
constexpr std::size_t most_components = 64;  // no home is deeper

bool is_plain(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.size() <= longest_name && name.find('\0') == name.npos;
}

std::unexpected<smtp::Reply> misconfigured(std::string text) {
    return std::unexpected(smtp::Reply(451, "4.3.5", std::move(text)));
}

}  // namespace

std::vector<std::string> plain_components(std::string_view path) {
    std::vector<std::string> components;
    while (true) {
        const auto slash = path.find('/');
        const auto name = path.substr(0, slash);
        if (!is_plain(name) || components.size() == most_components) return {};
        components.emplace_back(name);
        if (slash == path.npos) return components;
        path.remove_prefix(slash + 1);
    }
}

std::expected<Place, smtp::Reply> place_of(const directory::Mailbox& mailbox, std::string_view mail_directory) {
    // Deferred, not failed: the mail is kept until an alias for root exists and somebody tries again.
    if (mailbox.uid == 0 || mailbox.gid == 0)
        return std::unexpected(smtp::Reply(451, "4.7.0", "Mail is never delivered as root; root needs an alias"));

    std::string_view home = mailbox.home;
    const bool is_virtual = mailbox.user.empty();
    const auto prefix = is_virtual ? fmt::format("{}/", mail_directory) : std::string("/");
    if (!home.starts_with(prefix)) return misconfigured("The mailbox is not where mailboxes are");
    home.remove_prefix(prefix.size());
    while (home.ends_with('/')) home.remove_suffix(1);
    std::string_view path = mailbox.path;
    while (path.ends_with('/')) path.remove_suffix(1);
    // A virtual mailbox may be its home itself: DOMAIN/LOCAL/ is the Maildir.
    const bool is_home_itself = path.empty() || path == ".";
    if (plain_components(home).empty() || (!is_home_itself && plain_components(path).empty()))
        return misconfigured("The mailbox has an impossible name");
    if (is_home_itself && mailbox.format == directory::Format::Mbox)
        return misconfigured("The mailbox is a file without a name");

    Owner owner{.uid = mailbox.uid,
                .gid = mailbox.gid,
                .base = is_virtual ? Base::MailDirectory : Base::Root,
                .home = is_virtual ? std::string() : std::string(home)};
    return Place{std::move(owner), std::string(home), is_home_itself ? std::string() : std::string(path)};
}

std::optional<std::string> path_in_home(std::string_view path, std::string_view home) {
    if (path.starts_with('/')) {
        while (home.ends_with('/')) home.remove_suffix(1);
        if (!path.starts_with(home)) return std::nullopt;
        path.remove_prefix(home.size());
        if (!path.starts_with('/')) return std::nullopt;
        path.remove_prefix(1);
    }
    while (path.starts_with("./")) path.remove_prefix(2);
    if (plain_components(path).empty()) return std::nullopt;
    return std::string(path);
}

}  // namespace owner
