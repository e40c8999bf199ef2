#include "site/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "smtp/path.h"
#include "text/ascii.h"
#include "text/idna.h"
#include "url/url.h"

namespace site {
namespace {

bool is_absolute(std::string_view path) { return path.starts_with('/') && path.find('\0') == std::string_view::npos; }

// "..", "a/../b": a path that leaves the place it was to stay below.
bool climbs(std::string_view path) {
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (path.substr(0, slash) == "..") return true;
        if (slash == std::string_view::npos) return false;
        path.remove_prefix(slash + 1);
    }
    return false;
}

bool is_user_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return text::is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
    });
}

}  // namespace

std::string host_name_flaw(const std::string& name) {
    if (name.empty()) return {};
    const auto domain = text::to_a_labels(name);
    if (!domain) return std::string(text::describe(domain.error()));
    if (*domain != text::lower(name) || name.find('.') == std::string::npos)
        return "write the fully qualified name in ASCII, as in \"mail.example.org\"";
    return {};
}

std::string absolute_path_flaw(const std::string& path) {
    return is_absolute(path) ? "" : "write a path that begins with /";
}

std::string absolute_path_or_empty_flaw(const std::string& path) {
    return path.empty() ? "" : absolute_path_flaw(path);
}

std::string absolute_paths_flaw(const std::vector<std::string>& paths) {
    for (const auto& path : paths)
        if (std::string flaw = absolute_path_flaw(path); !flaw.empty()) return flaw;
    return {};
}

std::string relative_path_flaw(const std::string& path) {
    const bool is_good =
        !path.empty() && !path.starts_with('/') && !climbs(path) && path.find('\0') == std::string::npos;
    return is_good ? "" : "write a path below the home, without a leading / and without ..";
}

std::string https_or_empty_flaw(const std::string& address) {
    const auto parsed = url::parse(address);
    return address.empty() || (parsed && parsed->scheme == "https") ? "" : "write an address that begins with https://";
}

std::string domain_flaw(std::string_view domain) {
    const auto name = text::to_a_labels(domain);
    return name ? "" : std::string(text::describe(name.error()));
}

std::string domain_pattern_flaw(const std::string& pattern) {
    if (pattern == "*") return {};
    const bool is_good = text::to_a_labels(pattern.starts_with('.') ? pattern.substr(1) : pattern).has_value();
    return is_good ? "" : "write \"example.net\", \".example.net\" or \"*\"";
}

std::string domain_names_flaw(const std::vector<std::string>& domains) {
    for (const auto& name : domains) {
        const auto domain = text::to_a_labels(name);
        if (!domain) return fmt::format("{}: {}", name, text::describe(domain.error()));
        if (*domain != name) return fmt::format("{}: write {}", name, *domain);
    }
    return {};
}

std::string domain_or_empty_flaw(const std::string& domain) { return domain.empty() ? "" : domain_flaw(domain); }

std::string user_or_empty_flaw(const std::string& name) {
    return name.empty() || is_user_name(name) ? "" : "write a user's name";
}

std::string delimiters_flaw(const std::string& characters) {
    const bool are_good = std::ranges::all_of(
        characters, [](char c) { return text::is_graphic(c) && !text::is_alphanumeric(c) && c != '@' && c != '/'; });
    return are_good ? "" : "write punctuation, such as \"+\" or \"+-\"";
}

std::string recipient_or_empty_flaw(const std::string& address) {
    if (address.empty() || is_user_name(address)) return {};
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    return mailbox ? "" : std::string(smtp::describe(mailbox.error().code)) + "; write a user's name or an address";
}

std::string address_or_empty_flaw(const std::string& address) {
    if (address.empty()) return {};
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Refused);
    return mailbox ? "" : std::string(smtp::describe(mailbox.error().code)) + "; write an address, as ann@example.org";
}

std::string addresses_flaw(const std::vector<std::string>& addresses) {
    for (const auto& address : addresses) {
        if (address.empty()) return "write addresses, as ann@example.org";
        if (auto flaw = address_or_empty_flaw(address); !flaw.empty()) return address + ": " + flaw;
    }
    return {};
}

}  // namespace site
