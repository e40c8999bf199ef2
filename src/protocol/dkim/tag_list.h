#pragma once
// "name=value; name=value": the form of DKIM-Signature fields, key records, ARC fields and DMARC records. RFC 6376
// §3.2.
//
// Pure. Views into the text given; nothing is copied, and a list is bounded by most_tags.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dkim {

struct Tag {
    std::string_view name;
    std::string_view value;  // without white space at both ends; folding inside is still there
    std::size_t begin = 0;   // of everything between "=" and ";" in the text
    std::size_t length = 0;  // of the same
};

constexpr std::size_t most_tags = 64;

enum class TagListProblem : std::uint8_t {
    MissingEquals,  // a part between semicolons that is no tag, or is empty
    BadName,        // not ALPHA *(ALPHA / DIGIT / "_")
    BadValue,       // an octet that is neither printable ASCII nor folding white space
    Repeated,       // a name stands there twice: the whole list is invalid
    TooMany,
};
std::string_view describe(TagListProblem problem);

class TagList {
public:
    /// One ";" at the end is allowed.
    static std::expected<TagList, TagListProblem> parse(std::string_view text);

    const std::vector<Tag>& tags() const { return tags_; }
    const Tag* find(std::string_view name) const;  // case counts
    /// The value, empty too; nothing where the tag is missing.
    std::optional<std::string_view> value(std::string_view name) const;

private:
    std::vector<Tag> tags_;
};

/// Blanks and line ends, as folding white space has them.
constexpr bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
std::string_view trim_white_space(std::string_view text);
std::string without_white_space(std::string_view text);
/// "a : b:c", each part trimmed.
std::vector<std::string_view> split_trimmed(std::string_view text, char separator);

/// 1 to `most_digits` digits that fit into 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text, std::size_t most_digits);

/// Base64 with white space anywhere (RFC 6376 §2.10).
std::optional<std::string> parse_folded_base64(std::string_view text);

}  // namespace dkim
