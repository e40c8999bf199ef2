#include "pattern/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>

#include "text/ascii.h"

namespace pattern {
namespace {

constexpr std::int64_t most_memory = 1 << 20;  // octets, of one pattern

RE2::Options options() {
    RE2::Options chosen;
    chosen.set_log_errors(false);
    chosen.set_case_sensitive(false);
    chosen.set_never_nl(true);
    chosen.set_max_mem(most_memory);
    return chosen;
}

}  // namespace

struct Pattern::Compiled {
    explicit Compiled(std::string_view text) : expression(re2::StringPiece(text.data(), text.size()), options()) {}
    RE2 expression;
};

Pattern::Pattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

std::expected<Pattern, std::string> Pattern::compile(std::string_view pattern) {
    if (pattern.empty()) return std::unexpected("is empty");
    if (pattern.size() > longest_pattern) return std::unexpected("is longer than 1000 octets");
    auto compiled = std::make_unique<Compiled>(pattern);
    if (!compiled->expression.ok()) return std::unexpected(compiled->expression.error());
    if (static_cast<std::size_t>(compiled->expression.NumberOfCapturingGroups()) > most_groups)
        return std::unexpected("has more than 9 pairs of brackets");
    return Pattern(std::move(compiled));
}

std::size_t Pattern::groups() const {
    return static_cast<std::size_t>(compiled_->expression.NumberOfCapturingGroups());
}

std::optional<Groups> Pattern::match(std::string_view text) const {
    std::array<re2::StringPiece, most_groups + 1> found;
    const auto count = static_cast<int>(groups()) + 1;
    const re2::StringPiece piece(text.data(), text.size());
    if (!compiled_->expression.Match(piece, 0, text.size(), RE2::UNANCHORED, found.data(), count)) return std::nullopt;
    Groups all;
    for (int i = 0; i < count; ++i) {
        const auto& group = found[static_cast<std::size_t>(i)];
        all.emplace_back(group.data() ? std::string(group.data(), group.size()) : std::string());
    }
    return all;
}

std::string fill(std::string_view with_references, const Groups& groups) {
    std::string text;
    for (std::size_t i = 0; i < with_references.size(); ++i) {
        const char c = with_references[i];
        if (c != '\\' || i + 1 == with_references.size()) {
            text += c;
            continue;
        }
        const char next = with_references[++i];
        const auto number = static_cast<std::size_t>(next - '0');
        if (!text::is_digit(next))
            text += next;
        else if (number < groups.size())
            text += groups[number];
    }
    return text;
}

bool has_reference(std::string_view text) { return !flaw_of(text, 0).empty() || text.contains("\\0"); }

std::string flaw_of(std::string_view with_references, std::size_t groups) {
    for (std::size_t i = 0; i < with_references.size(); ++i) {
        if (with_references[i] != '\\') continue;
        if (++i == with_references.size()) return "ends in a backslash";
        const char next = with_references[i];
        if (next == '\\') continue;
        if (!text::is_digit(next)) return fmt::format("\"\\{}\" means nothing", next);
        if (static_cast<std::size_t>(next - '0') > groups)
            return fmt::format("\"\\{}\": the pattern has {} pairs of brackets", next, groups);
    }
    return {};
}

}  // namespace pattern
