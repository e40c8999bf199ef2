#include "authres/removal.h"

#include <algorithm>
#include <utility>

#include "authres/reading.h"
#include "text/ascii.h"

namespace authres {
namespace {

constexpr std::string_view field_name = "Authentication-Results";
constexpr std::size_t most_blanks = 1000;  // behind it; more are none of a field's that anybody wrote

enum class LineKind : std::uint8_t {
    Unknown,       // as long as no more of it is there
    HeaderEnd,     // the empty line
    Continuation,  // of the field before it
    Results,       // begins a field that may be forged
    Unwanted,      // begins a field that goes in any case
    Other,         // begins another one
};

/// Unknown, Other, or `field`: it begins a field of this name.
LineKind begins(std::string_view line, std::string_view name, LineKind field) {
    if (!text::equal_ignoring_case(line.substr(0, name.size()), name.substr(0, line.size()))) return LineKind::Other;
    if (line.size() <= name.size()) return line.ends_with('\n') ? LineKind::Other : LineKind::Unknown;
    line.remove_prefix(name.size());
    const auto behind = line.find_first_not_of(" \t");
    if (behind == std::string_view::npos) return line.size() > most_blanks ? field : LineKind::Unknown;
    line.remove_prefix(behind);
    if (line == "\r") return LineKind::Unknown;
    return line.starts_with(':') || line == "\n" || line == "\r\n" ? field : LineKind::Other;
}

LineKind kind_of(std::string_view line, const std::vector<std::string>& unwanted) {
    if (line == "\r") return LineKind::Unknown;
    if (line.starts_with('\n') || line.starts_with("\r\n")) return LineKind::HeaderEnd;
    if (text::is_blank(line.front())) return LineKind::Continuation;
    auto kind = begins(line, field_name, LineKind::Results);
    for (const auto& name : unwanted) {
        const auto as_this = begins(line, name, LineKind::Unwanted);
        if (as_this == LineKind::Unwanted || kind == LineKind::Other) kind = as_this;
    }
    return kind;
}

}  // namespace

bool Ourselves::has(std::string_view authserv_id) const {
    return std::ranges::any_of(authserv_ids, [&](const std::string& ours) {
        return text::equal_ignoring_case(ours, text::trim(authserv_id));
    });
}

bool is_forged(std::string_view value, const Ourselves& ourselves) {
    text::Cursor in(value);
    if (!skip_cfws(in)) return true;
    const auto id = take_value(in);
    // "spf=pass": the name was left out, and some readers do not miss it.
    if (!id || id->empty() || id->contains('=')) return true;
    auto bare = std::string_view(*id);
    if (bare.ends_with('.')) bare.remove_suffix(1);
    return ourselves.has(bare) || ourselves.has(*id);
}

void Removal::add(std::string_view piece, std::string& out) {
    while (!piece.empty() && !in_body_) {
        const auto end = piece.find('\n');
        const auto part = piece.substr(0, end == std::string_view::npos ? end : end + 1);
        piece.remove_prefix(part.size());
        take_in_header(part, out);
    }
    out += piece;
}

void Removal::take_in_header(std::string_view part, std::string& out) {
    if (at_line_start_) {
        start_ += part;
        begin_line(out);
    } else {
        append(part, out);
        at_line_start_ = part.ends_with('\n');
    }
}

/// As mime::FieldScanner has it.
void Removal::begin_line(std::string& out) {
    const auto kind = kind_of(start_, unwanted_);
    if (kind == LineKind::Unknown) return;
    const auto line = std::exchange(start_, {});
    at_line_start_ = line.ends_with('\n');
    if (kind == LineKind::HeaderEnd) {
        end_field(out);
        in_body_ = true;
        out += line;
        return;
    }
    if (kind != LineKind::Continuation) {
        end_field(out);
        field_ = kind == LineKind::Results ? Field::Held : kind == LineKind::Unwanted ? Field::Dropped : Field::Kept;
        if (kind == LineKind::Unwanted) ++removed_;
    }
    append(line, out);
}

void Removal::append(std::string_view text, std::string& out) {
    if (field_ == Field::Kept) out += text;
    if (field_ != Field::Held) return;
    held_ += text;
    if (held_.size() <= longest_held) return;
    field_ = Field::Dropped;
    held_ = {};
    ++removed_;
}

void Removal::end_field(std::string& out) {
    if (std::exchange(field_, Field::Kept) != Field::Held) return;
    const auto text = std::exchange(held_, {});
    const auto colon = text.find(':');
    if (colon != std::string::npos && is_forged(std::string_view(text).substr(colon + 1), ourselves_))
        ++removed_;
    else
        out += text;
}

void Removal::finish(std::string& out) {
    if (in_body_) return;
    const auto rest = std::exchange(start_, {});
    if (!rest.empty()) end_field(out);
    out += rest;
    end_field(out);
}

std::string without_forged(std::string_view header, const Ourselves& ourselves) {
    std::string kept;
    Removal removal(ourselves);
    removal.add(header, kept);
    removal.finish(kept);
    return kept;
}

}  // namespace authres
