#include "queries/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "text/ascii.h"
#include "text/hex.h"

namespace queries {
namespace {

constexpr int deepest = 20;

bool must_be_escaped(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return c == '*' || c == '(' || c == ')' || c == '\\' || octet < 0x20 || octet >= 0x7f;
}

class Reader {
public:
    explicit Reader(std::string_view text) : left_(text) {}

    // filter = LPAREN filtercomp RPAREN
    std::optional<Filter> filter(int depth = 0) {
        if (depth > deepest || !take('(')) return std::nullopt;
        auto found = is_next('&') || is_next('|') || is_next('!') ? combination(depth) : condition();
        if (!found || !take(')')) return std::nullopt;
        return found;
    }
    bool is_at_end() const { return left_.empty(); }

private:
    bool is_next(char c) const { return left_.starts_with(c); }
    bool take(char c) {
        if (!is_next(c)) return false;
        left_.remove_prefix(1);
        return true;
    }

    // and = AMPERSAND filterlist, or = VERTBAR filterlist, not = EXCLAMATION filter
    std::optional<Filter> combination(int depth) {
        Filter found{.kind = left_.front(), .values = {}, .inner = {}};
        left_.remove_prefix(1);
        do {
            auto inner = filter(depth + 1);
            if (!inner) return std::nullopt;
            found.inner.push_back(*std::move(inner));
        } while (is_next('(') && found.kind != '!');
        return found;
    }

    // item = simple / present / substring / extensible
    std::optional<Filter> condition() {
        const auto equals = left_.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        Filter found{.attribute = std::string(left_.substr(0, equals)), .values = {""}, .inner = {}};
        const bool is_good = std::ranges::all_of(found.attribute, [](char c) {
            return text::is_alphanumeric(c) || std::string_view("-;.:<>~").contains(c);
        });
        if (!is_good) return std::nullopt;
        left_.remove_prefix(equals + 1);
        while (!left_.empty() && left_.front() != ')')
            if (!value_octet(found.values)) return std::nullopt;
        return found;
    }

    bool value_octet(std::vector<std::string>& values) {
        if (take('*')) {
            values.emplace_back();
        } else if (take('\\')) {
            const int high = left_.size() < 2 ? -1 : text::hex_value(left_[0]);
            const int low = left_.size() < 2 ? -1 : text::hex_value(left_[1]);
            if (high < 0 || low < 0) return false;
            values.back() += static_cast<char>(high * 16 + low);
            left_.remove_prefix(2);
        } else {
            if (is_next('(') || is_next('\0')) return false;
            values.back() += left_.front();
            left_.remove_prefix(1);
        }
        return true;
    }

    std::string_view left_;
};

}  // namespace

std::string escape_in_filter(std::string_view value) {
    std::string escaped;
    for (const char c : value) {
        if (must_be_escaped(c))
            escaped += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
        else
            escaped += c;
    }
    return escaped;
}

std::string fill_filter(std::string_view pattern, const Fields& fields) {
    std::string filled;
    const auto pieces = parse_pattern(pattern);
    if (!pieces) return "(!(objectClass=*))";  // fits nobody
    for (const auto& [text, field] : *pieces) {
        filled += text;
        if (field) filled += escape_in_filter(fields[*field]);
    }
    return filled;
}

std::string filter_flaw(std::string_view pattern) {
    const auto pieces = parse_pattern(pattern);
    if (!pieces) return pieces.error();
    // Escaped, it can stand in a value and nowhere else.
    const std::string anything("*)(");
    const auto filled = fill_filter(pattern, {.address = anything, .local_part = anything, .domain = anything});
    if (!parse_filter(filled)) return "it is no filter, as in \"(mail={address})\" (RFC 4515)";
    return {};
}

std::optional<Filter> parse_filter(std::string_view text) {
    Reader reader(text);
    auto found = reader.filter();
    if (!found || !reader.is_at_end()) return std::nullopt;
    return found;
}

}  // namespace queries
