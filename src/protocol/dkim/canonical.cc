#include "dkim/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "text/ascii.h"

namespace dkim {
namespace {

std::optional<Canonicalization> parse_canonicalization(std::string_view text) {
    if (text::equal_ignoring_case(text, "simple")) return Canonicalization::Simple;
    if (text::equal_ignoring_case(text, "relaxed")) return Canonicalization::Relaxed;
    return std::nullopt;
}

/// Whether relaxed canonicalization changes nothing in this part of a line. Without a branch for each octet, so that
/// the compiler looks at many at once.
bool is_relaxed(std::string_view part) {
    if (text::is_blank(part.front()) || text::is_blank(part.back())) return false;
    unsigned changes = 0;
    for (std::size_t i = 0; i + 1 < part.size(); ++i)
        changes |= unsigned{part[i] == '\t'} | (unsigned{part[i] == ' '} & unsigned{part[i + 1] == ' '});
    return changes == 0;
}

bool is_content(char c) { return !text::is_blank(c) && c != '\r' && c != '\n'; }

// Unfolded, runs of blanks made one, none at the ends.
void append_relaxed(std::string& out, std::string_view value) {
    bool has_blank = false;
    const auto begin = out.size();
    for (std::size_t i = 0; i < value.size();) {
        if (!is_content(value[i])) {
            has_blank = text::is_blank(value[i]) || has_blank;
            ++i;
            continue;
        }
        auto end = i + 1;
        while (end < value.size() && is_content(value[end])) ++end;
        if (std::exchange(has_blank, false) && out.size() != begin) out += ' ';
        out += value.substr(i, end - i);
        i = end;
    }
}

}  // namespace

std::string_view to_text(Canonicalization canonicalization) {
    return canonicalization == Canonicalization::Simple ? "simple" : "relaxed";
}

std::string to_text(const Canonicalizations& both) {
    return fmt::format("{}/{}", to_text(both.header), to_text(both.body));
}

std::optional<Canonicalizations> parse_canonicalizations(std::string_view text) {
    const auto slash = text.find('/');
    const auto header = parse_canonicalization(text.substr(0, slash));
    const auto body =
        slash == std::string_view::npos ? Canonicalization::Simple : parse_canonicalization(text.substr(slash + 1));
    if (!header || !body) return std::nullopt;
    return Canonicalizations{*header, *body};
}

void append_canonical(std::string& out, Canonicalization canonicalization, const mime::Field& field) {
    if (canonicalization == Canonicalization::Simple) {
        out += field.whole;
        if (!field.whole.ends_with("\r\n")) out += "\r\n";
        return;
    }
    std::ranges::transform(field.name, std::back_inserter(out), text::to_lower);
    out += ':';
    append_relaxed(out, field.value);
    out += "\r\n";
}

std::string canonical_field(Canonicalization canonicalization, const mime::Field& field) {
    std::string text;
    text.reserve(field.whole.size() + 2);
    append_canonical(text, canonicalization, field);
    return text;
}

// Cuts the piece at line ends. A CR without LF is an octet like others; which of the two it is may show in the next
// piece.
void BodyHash::add(std::string_view piece) {
    while (!piece.empty()) {
        if (std::exchange(after_cr_, false) && piece.front() != '\n') add_line_part("\r");
        const auto end = piece.find('\n');
        auto part = piece.substr(0, end);
        if (part.ends_with('\r')) {
            part.remove_suffix(1);
            after_cr_ = true;
        }
        add_line_part(part);
        if (end == std::string_view::npos) return;
        after_cr_ = false;
        end_line();
        piece.remove_prefix(end + 1);
    }
}

void BodyHash::add_line_part(std::string_view part) {
    if (part.empty()) return;
    if (canonicalization_ == Canonicalization::Simple)
        write_content(part);
    else
        add_relaxed(part);
}

// Most lines there are need no change; of the others, runs that contain only single spaces are written in one piece.
void BodyHash::add_relaxed(std::string_view part) {
    if (!has_blank_ && is_relaxed(part)) return write_content(part);
    std::size_t i = 0;
    while (i < part.size()) {
        if (text::is_blank(part[i])) {
            has_blank_ = true;
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        while (end < part.size() && (!text::is_blank(part[end]) ||
                                     (part[end] == ' ' && end + 1 < part.size() && !text::is_blank(part[end + 1]))))
            ++end;
        if (std::exchange(has_blank_, false)) write_content(" ");
        write_content(part.substr(i, end - i));
        i = end;
    }
}

void BodyHash::end_line() {
    has_blank_ = false;
    if (std::exchange(in_line_, false))
        write("\r\n");
    else
        ++empty_lines_;
}

void BodyHash::write_content(std::string_view octets) {
    for (; empty_lines_ > 0; --empty_lines_) write("\r\n");
    in_line_ = true;
    write(octets);
}

void BodyHash::write(std::string_view octets) {
    auto hashed = octets;
    if (limit_)
        hashed = hashed.substr(0, *limit_ > length_ ? std::min<std::uint64_t>(*limit_ - length_, hashed.size()) : 0);
    if (!hashed.empty()) running_.add(hashed);
    length_ += octets.size();
}

void BodyHash::finish() {
    if (std::exchange(after_cr_, false)) add_line_part("\r");
    if (in_line_) end_line();
    // An empty body is a line end to one and nothing to the other.
    if (length_ == 0 && canonicalization_ == Canonicalization::Simple) write("\r\n");
    digest_ = running_.finish();
}

}  // namespace dkim
