#include "runner/command.h"

#include <algorithm>

#include "text/ascii.h"

namespace runner {
namespace {

constexpr std::string_view path = "PATH=/usr/local/bin:/usr/bin:/bin";
// Of programs that a shell has within itself, and that mean nothing, or something else, outside.
constexpr std::string_view builtins[] = {"exit",  "exec",  "cd",      "umask", "ulimit", "set",  "if",
                                         "while", "for",   "case",    "trap",  "eval",   "read", "export",
                                         "unset", "until", "command", "wait",  "shift"};

bool is_plain(char c) { return text::is_alphanumeric(c) || std::string_view("-_./@%+:,= \t").contains(c); }

std::vector<std::string> split(std::string_view command) {
    std::vector<std::string> words;
    while (!command.empty()) {
        const auto end = std::min(command.find_first_of(" \t"), command.size());
        if (end > 0) words.emplace_back(command.substr(0, end));
        command.remove_prefix(std::min(end + 1, command.size()));
    }
    return words;
}

bool is_for_a_shell(const std::vector<std::string>& words) {
    // "A=b program" sets a variable; "." reads a script; nothing at all succeeds.
    return words.empty() || words[0].contains('=') || words[0] == "." || words[0] == ":" ||
           std::ranges::find(builtins, words[0]) != std::end(builtins);
}

}  // namespace

std::vector<std::string> words_of(std::string_view command) {
    if (std::ranges::all_of(command, is_plain))
        if (auto words = split(command); !is_for_a_shell(words)) return words;
    return {"/bin/sh", "-c", std::string(command)};
}

std::vector<std::string> environment_of(const std::vector<std::string>& ordered) {
    std::vector<std::string> all{std::string(path)};
    for (auto variable : ordered) {
        const auto value = variable.find('=') + 1;
        if (std::string_view(variable).substr(value).starts_with("()")) variable[value] = '_';
        all.push_back(std::move(variable));
    }
    return all;
}

std::string one_line(std::string_view output) {
    std::string line;
    for (const char c : output) {
        const bool is_end = c == '\n' || c == '\r';
        if (is_end && (line.empty() || line.ends_with(' '))) continue;
        line += is_end ? ' ' : text::is_control(c) || static_cast<unsigned char>(c) >= 0x7f ? '?' : c;
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

}  // namespace runner
