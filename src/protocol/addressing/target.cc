#include "addressing/target.h"

#include <algorithm>
#include <optional>

#include "smtp/limits.h"
#include "smtp/path.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace addressing {
namespace {

constexpr std::string_view include_prefix = ":include:";

using Result = std::expected<Target, std::string>;

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return text::is_blank(c) || c == '\r' || c == '\n'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// Past the quoted string at the front of `text`; npos: it has no end.
std::size_t end_of_quoted(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            return i + 1;
    }
    return std::string_view::npos;
}

/// What is in the quotes, where all of `text` is one quoted string.
std::optional<std::string> unquoted(std::string_view text) {
    if (!text.starts_with('"') || end_of_quoted(text) != text.size()) return std::nullopt;
    std::string inner;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && i + 2 < text.size()) ++i;
        inner += text[i];
    }
    return inner;
}

bool has_parent_step(std::string_view path) {
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        if (path.substr(0, end) == "..") return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

Result path_target(Target::Kind kind, std::string_view path) {
    if (!path.starts_with('/')) return std::unexpected("a path begins with \"/\"");
    if (has_parent_step(path)) return std::unexpected("a path with \"..\" is not followed");
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    if (path == "/") return std::unexpected("\"/\" is no file");
    return Target{kind, std::string(path)};
}

Result program_target(std::string_view command) {
    command = trimmed(command);
    auto inner = unquoted(command);
    if (inner) command = trimmed(*inner);
    if (command.empty()) return std::unexpected("there is no program behind \"|\"");
    return Target{Target::Kind::Program, std::string(command)};
}

Result address_target(Target::Kind kind, std::string_view text) {
    if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
    if (text.find('@') == std::string_view::npos) {
        const bool is_name =
            !text.empty() && text.size() <= smtp::portable_local_part && std::ranges::none_of(text, [](char c) {
                return text::is_blank(c) || std::string_view("\"(),/:;<>[\\]|").contains(c);
            });
        if (!is_name) return std::unexpected("neither a name nor an address");
        return Target{kind, std::string(text)};
    }
    const auto mailbox = smtp::parse_mailbox(text, smtp::Utf8::Allowed);
    if (!mailbox) return std::unexpected("no address: " + std::string(smtp::describe(mailbox.error().code)));
    return Target{kind, smtp::to_text(*mailbox)};
}

/// The length of the first target of a list, its end being a comma that is in no quotes, or the end of all.
std::size_t first_length(std::string_view list) {
    for (std::size_t i = 0; i < list.size();) {
        if (list[i] == ',') return i;
        if (list[i] == '"') {
            const auto length = end_of_quoted(list.substr(i));
            if (length == std::string_view::npos) return list.size();
            i += length;
        } else {
            i += list[i] == '\\' && i + 1 < list.size() ? 2 : 1;
        }
    }
    return list.size();
}

}  // namespace

std::expected<Target, std::string> parse_target(std::string_view text) {
    text = trimmed(text);
    if (text.size() > longest_target) return std::unexpected("longer than 4096 octets");
    if (!text::is_utf8(text) || std::ranges::any_of(text, text::is_control))
        return std::unexpected("a control character, or not UTF-8");
    const auto inner = unquoted(text);
    if (inner && (inner->starts_with('|') || inner->starts_with('/') || inner->starts_with(include_prefix)))
        return parse_target(*inner);
    if (text.starts_with('|')) return program_target(text.substr(1));
    if (text::starts_with_ignoring_case(text, include_prefix))
        return path_target(Target::Kind::Include, trimmed(text.substr(include_prefix.size())));
    if (text.starts_with('/'))
        return path_target(text.ends_with('/') ? Target::Kind::Folder : Target::Kind::File, text);
    if (text.starts_with('\\')) return address_target(Target::Kind::Mailbox, text.substr(1));
    return address_target(Target::Kind::Address, text);
}

std::expected<std::vector<Target>, TargetError> parse_targets(std::string_view list) {
    std::vector<Target> targets;
    for (std::size_t at = 0; at < list.size();) {
        const auto length = first_length(list.substr(at));
        const auto text = list.substr(at, length);
        if (!trimmed(text).empty()) {
            auto target = parse_target(text);
            if (!target) return std::unexpected(TargetError{at, std::move(target.error())});
            targets.push_back(*std::move(target));
        }
        at += length + 1;
    }
    return targets;
}

std::string to_text(const Target& target) {
    switch (target.kind) {
        case Target::Kind::Address: return target.text;
        case Target::Kind::Mailbox: return "\\" + target.text;
        case Target::Kind::Program: break;
        case Target::Kind::File: return target.text;
        case Target::Kind::Folder: return target.text + "/";
        case Target::Kind::Include: return std::string(include_prefix) + target.text;
    }
    std::string quoted = "\"|";
    for (const char c : target.text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace addressing
