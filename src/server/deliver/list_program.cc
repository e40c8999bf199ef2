#include "deliver/list_program.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "text/ascii.h"

namespace deliver {
namespace {

/// As one word, whatever is in it; plain words stay plain, and need no shell.
std::string for_a_shell(const std::string& text) {
    const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
        return text::is_alphanumeric(c) || std::string_view("-_./:").contains(c);
    });
    if (is_plain) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

/// Where this program is, so that the same one is run again.
std::string own_program() {
    char path[4096];
    const auto length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0) return "hermod";
    std::string program(path, static_cast<std::size_t>(length));
    constexpr std::string_view replaced = " (deleted)";
    if (program.ends_with(replaced)) program.resize(program.size() - replaced.size());
    return program;
}

}  // namespace

std::string list_command(const site::Host& host, const site::Dns& dns) {
    auto command =
        fmt::format("{} list deliver --folder {} --drop {} --hostname {} --dns-timeout {}", for_a_shell(own_program()),
                    for_a_shell(site::lists_folder(host)), for_a_shell(site::drop_directory(host)),
                    for_a_shell(host.hostname), dns.timeout.count());
    if (!dns.table.empty()) return command + " --dns-table " + for_a_shell(dns.table);
    if (dns.resolver.server) command += " --resolver " + for_a_shell(config::Text<site::Resolver>::write(dns.resolver));
    if (!dns.trust_anchors.empty()) command += " --trust-anchors " + for_a_shell(dns.trust_anchors);
    return command;
}

std::optional<std::uint32_t> lists_uid(const site::Host& host) {
    struct stat status;
    if (::stat(site::lists_folder(host).c_str(), &status) != 0 || status.st_uid == 0) return std::nullopt;
    return status.st_uid;
}

}  // namespace deliver
