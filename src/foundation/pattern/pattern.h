#pragma once
// Texts matched by regular expressions, and what is made of their parts. The expressions are RE2's: no back-references,
// and time linear in the text whatever the expression, so that who chooses the text cannot make it slow.
//
//   Pattern::compile("^sales-(.*)@example\\.org$")->match("sales-north@example.org")   the groups: "north"
//   fill("\\1@example.net", groups)                                                    "north@example.net"

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pattern {

constexpr std::size_t longest_pattern = 1000;
constexpr std::size_t most_groups = 9;

/// [0] is all that matched, [1] the first pair of brackets; those that took no part are empty.
using Groups = std::vector<std::string>;

class Pattern {
public:
    /// Without regard to case; or what is wrong, for people.
    static std::expected<Pattern, std::string> compile(std::string_view pattern);
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    ~Pattern();

    /// Anywhere in the text, unless the pattern begins with "^" and ends with "$".
    std::optional<Groups> match(std::string_view text) const;
    std::size_t groups() const;

private:
    struct Compiled;
    explicit Pattern(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

/// The text with "\1" to "\9" and "\0" replaced by groups, and "\\" by "\".
std::string fill(std::string_view with_references, const Groups& groups);
/// Whether it has any.
bool has_reference(std::string_view text);
/// What is wrong with a text that is to be filled from so many groups; empty: nothing.
std::string flaw_of(std::string_view with_references, std::size_t groups);

}  // namespace pattern
