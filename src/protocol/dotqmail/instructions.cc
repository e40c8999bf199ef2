#include "dotqmail/instructions.h"

#include <algorithm>

#include "text/ascii.h"

namespace dotqmail {
namespace {

using Kind = Instruction::Kind;

std::string_view without_trailing_blanks(std::string_view line) {
    while (!line.empty() && text::is_blank(line.back())) line.remove_suffix(1);
    return line;
}

Instruction file_instruction(std::string_view path) {
    if (!path.ends_with('/')) return {Kind::Mbox, std::string(path)};
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return {Kind::Maildir, std::string(path)};
}

/// Comments, blank lines and "+list" are no instructions; all others are, whatever they begin with.
bool is_instruction(std::string_view line) { return !line.empty() && line.front() != '#' && line.front() != '+'; }

Instruction instruction_of(std::string_view line) {
    switch (line.front()) {
        case '|': return {Kind::Program, std::string(line.substr(1))};
        case '.':
        case '/': return file_instruction(line);
        case '&': return {Kind::Forward, std::string(line.substr(1))};
        default: return {Kind::Forward, std::string(line)};
    }
}

}  // namespace

Instructions parse(std::string_view file, bool forwards_only) {
    Instructions result{.is_empty = file.empty()};
    const auto defer = [&](std::string flaw) {
        result.list.clear();
        result.flaw = std::move(flaw);
        return result;
    };
    if (file.contains('\0')) return defer("the .qmail file has a NUL in it");
    for (bool is_first = true; !file.empty(); is_first = false) {
        const auto end = std::min(file.find('\n'), file.size());
        const auto line = without_trailing_blanks(file.substr(0, end));
        file.remove_prefix(std::min(end + 1, file.size()));
        if (is_first && line.empty()) return defer("the first line of the .qmail file is blank");
        forwards_only = forwards_only || line == "+list";
        if (!is_instruction(line)) continue;
        auto instruction = instruction_of(line);
        if (forwards_only && instruction.kind != Kind::Forward)
            return defer("the .qmail file may only forward, but names a program or a file");
        result.list.push_back(std::move(instruction));
        if (result.list.size() > most_instructions) return defer("the .qmail file has too many lines");
    }
    return result;
}

Verdict verdict_of(int exit_status) {
    switch (exit_status) {
        case 0: return Verdict::Done;
        case 99: return Verdict::Last;
        case 100:
        case 64:
        case 65:
        case 70:
        case 76:
        case 77:
        case 78:
        case 112: return Verdict::Never;
        default: return Verdict::NotNow;
    }
}

}  // namespace dotqmail
