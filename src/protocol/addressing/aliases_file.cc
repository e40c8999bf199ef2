#include "addressing/aliases_file.h"

#include <algorithm>
#include <optional>

#include "smtp/path.h"
#include "text/ascii.h"

namespace addressing {
namespace {

constexpr std::size_t most_errors = 100;

/// Lines with what continues them.
class LogicalLines {
public:
    explicit LogicalLines(std::string_view text) : rest_(text) {}

    /// False: the end. Comments and empty lines are passed over.
    bool next(std::string& line, std::uint32_t& number) {
        line.clear();
        while (!rest_.empty()) {
            const auto physical = rest_.substr(0, rest_.find('\n'));
            const auto text = text::trim(physical.ends_with('\r') ? physical.substr(0, physical.size() - 1) : physical);
            const bool is_passed_over = text.empty() || text.starts_with('#');
            const bool continues = text::is_blank(physical.empty() ? 'x' : physical.front());
            if (!is_passed_over && !continues && !line.empty()) return true;
            rest_.remove_prefix(std::min(physical.size() + 1, rest_.size()));
            ++number_;
            if (is_passed_over) continue;
            if (line.empty())
                number = number_;
            else
                line += ' ';
            line += text;
        }
        return !line.empty();
    }

private:
    std::string_view rest_;
    std::uint32_t number_ = 0;
};

struct Split {
    std::string_view name;
    std::string_view targets;
};

// name = quoted string / text without ":"
std::optional<Split> split(std::string_view line) {
    std::size_t from = 0;
    if (line.starts_with('"')) {
        from = line.find('"', 1);
        if (from == std::string_view::npos) return std::nullopt;
    }
    const auto colon = line.find(':', from);
    if (colon == std::string_view::npos) return std::nullopt;
    auto name = text::trim(line.substr(0, colon));
    if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    return Split{name, line.substr(colon + 1)};
}

/// What is wrong with the line; empty: nothing, and it is taken.
std::string take_alias(std::string_view line, std::uint32_t number, std::vector<AliasLine>& aliases) {
    const auto parts = split(line);
    if (!parts) return "expected \"name: targets\"";
    auto key = alias_key(parts->name);
    if (key.empty()) return "\"" + std::string(parts->name.substr(0, 200)) + "\" is neither a name nor an address";
    auto targets = parse_targets(parts->targets);
    if (!targets) return targets.error().problem;
    if (targets->empty()) return "\"" + key + "\" leads nowhere";
    aliases.push_back({std::move(key), *std::move(targets), number});
    return {};
}

/// `take` says what is wrong with a line; empty: nothing. However much is wrong, all lines are read: somebody may stand
/// in the last one.
template <typename Take>
void read_lines(std::string_view text, std::vector<LineError>& errors, Take take) {
    LogicalLines lines(text);
    std::string line;
    std::uint32_t number = 0;
    while (lines.next(line, number)) {
        auto problem = take(line, number);
        if (!problem.empty() && errors.size() < most_errors) errors.push_back({number, std::move(problem)});
    }
}

}  // namespace

std::string alias_key(std::string_view name) {
    const auto target = parse_target(name);
    if (!target || target->kind != Target::Kind::Address) return {};
    const auto mailbox = smtp::parse_mailbox(target->text, smtp::Utf8::Allowed);
    if (!mailbox) return text::lower(target->text);
    return text::lower(mailbox->local_part) + "@" + mailbox->domain;
}

AliasesFile parse_aliases(std::string_view text) {
    AliasesFile file;
    read_lines(text, file.errors,
               [&](std::string_view line, std::uint32_t number) { return take_alias(line, number, file.aliases); });
    return file;
}

MembersFile parse_members(std::string_view text) {
    MembersFile file;
    read_lines(text, file.errors, [&](std::string_view line, std::uint32_t) {
        auto targets = parse_targets(line);
        if (!targets) return std::move(targets.error().problem);
        std::ranges::move(*targets, std::back_inserter(file.targets));
        return std::string();
    });
    return file;
}

}  // namespace addressing
