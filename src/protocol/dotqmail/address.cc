#include "dotqmail/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"

namespace dotqmail {
namespace {

constexpr std::string_view prefix = ".qmail";
constexpr std::string_view any = "default";
constexpr std::string_view verp_mark = "-@[]";
constexpr std::string_view double_bounce_sender = "#@[]";

// A dot would lead to hidden files, and upper case nowhere.
std::string safe(std::string_view extension) {
    auto text = text::lower(extension);
    std::ranges::replace(text, '.', ':');
    return text;
}

/// What follows the first `count` dashes; empty where there are fewer.
std::string_view after_dashes(std::string_view text, int count) {
    for (; count > 0; --count) {
        const auto dash = text.find('-');
        if (dash == std::string_view::npos) return {};
        text.remove_prefix(dash + 1);
    }
    return text;
}

/// What precedes the last `count` dots; all where there are fewer.
std::string_view before_dots(std::string_view text, int count) {
    for (; count > 0; --count) {
        const auto dot = text.rfind('.');
        if (dot == std::string_view::npos) return text;
        text = text.substr(0, dot);
    }
    return text;
}

}  // namespace

std::vector<Candidate> candidates(std::string_view extension, bool has_extension) {
    if (!has_extension) return {{std::string(prefix), {}}};
    const auto name = safe(extension);
    // Hostile: extensions come from strangers, and a slash would lead into a directory; such an address is for a
    // ".qmail-…default" that stands before the slash.
    const auto slash = std::min(name.find('/'), name.size());
    std::vector<Candidate> all;
    if (slash == name.size()) {
        all.push_back({fmt::format("{}-{}", prefix, name), {}});
        // As qmail-local has it: of "ann-default" the last seven letters are the rest.
        if (name.ends_with(any)) all.back().rest = extension.substr(extension.size() - any.size());
    }
    for (auto length = slash;; --length) {
        if (length == 0 || name[length - 1] == '-')
            all.push_back(
                {fmt::format("{}-{}{}", prefix, name.substr(0, length), any), std::string(extension.substr(length))});
        if (length == 0) return all;
    }
}

std::pair<std::string, std::string> owner_files(std::string_view extension, bool has_extension) {
    const auto base = has_extension ? fmt::format("{}-{}", prefix, safe(extension)) : std::string(prefix);
    return {base + "-owner", base + "-owner-default"};
}

std::vector<std::string> environment(const Recipient& recipient) {
    const auto& [user, home, local, host, extension, rest, sender, new_sender, from_line] = recipient;
    std::vector<std::string> all{
        fmt::format("SENDER={}", sender),
        fmt::format("NEWSENDER={}", new_sender),
        fmt::format("RECIPIENT={}@{}", local, host),
        fmt::format("USER={}", user),
        fmt::format("HOME={}", home),
        fmt::format("HOST={}", host),
        fmt::format("HOST2={}", before_dots(host, 1)),
        fmt::format("HOST3={}", before_dots(host, 2)),
        fmt::format("HOST4={}", before_dots(host, 3)),
        fmt::format("LOCAL={}", local),
        fmt::format("EXT={}", extension),
        fmt::format("EXT2={}", after_dashes(extension, 1)),
        fmt::format("EXT3={}", after_dashes(extension, 2)),
        fmt::format("EXT4={}", after_dashes(extension, 3)),
        fmt::format("DTLINE=Delivered-To: {}@{}\n", local, host),
        fmt::format("RPLINE=Return-Path: <{}>\n", sender),
        fmt::format("UFLINE={}\n", from_line),
    };
    if (rest) all.push_back(fmt::format("DEFAULT={}", *rest));
    std::ranges::sort(all);
    return all;
}

std::string new_sender(const Recipient& recipient, bool has_owner, bool has_owner_default) {
    if (!has_owner || recipient.sender.empty() || recipient.sender == double_bounce_sender) return recipient.sender;
    if (has_owner_default) return fmt::format("{}-owner-@{}{}", recipient.local, recipient.host, verp_mark);
    return fmt::format("{}-owner@{}", recipient.local, recipient.host);
}

std::string expand_sender(std::string_view sender, std::string_view recipient) {
    if (!sender.ends_with(verp_mark) || sender == double_bounce_sender) return std::string(sender);
    const auto plain = sender.substr(0, sender.size() - verp_mark.size());
    const auto at = plain.rfind('@');
    const auto recipient_at = recipient.rfind('@');
    if (at == std::string_view::npos || recipient_at == std::string_view::npos) return std::string(sender);
    return fmt::format("{}{}={}{}", plain.substr(0, at), recipient.substr(0, recipient_at),
                       recipient.substr(recipient_at + 1), plain.substr(at));
}

}  // namespace dotqmail
