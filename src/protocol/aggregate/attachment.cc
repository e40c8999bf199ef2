// Where in a message the report is: as much of MIME (RFC 2045, RFC 2046) as that needs.
#include <algorithm>
#include <array>

#include "aggregate/letter.h"
#include "mime/header.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace aggregate {
namespace {

/// The value of a parameter, wherever it stands in a Content-Type or Content-Disposition. In the wild: who sends
/// reports writes boundaries and names without the quotes that they need, which mime::parse_content_type() does not
/// read.
std::string parameter(std::string_view value, std::string_view name) {
    for (auto at = value.find(';'); at != std::string_view::npos; at = value.find(';', at + 1)) {
        auto part = text::trim(value.substr(at + 1));
        if (!text::starts_with_ignoring_case(part, name)) continue;
        part = text::trim(part.substr(name.size()));
        if (!part.starts_with('=')) continue;
        part = text::trim(part.substr(1));
        if (part.starts_with('"')) return std::string(part.substr(1, part.find('"', 1) - 1));
        return std::string(text::trim(part.substr(0, part.find(';'))));
    }
    return {};
}

std::string field_value(std::string_view header, std::string_view name) {
    const auto field = mime::find_field(header, name);
    return field ? mime::unfold(field->value) : std::string();
}

bool has_ending(std::string_view name) {
    static constexpr std::array<std::string_view, 3> endings{".gz", ".zip", ".xml"};
    return std::ranges::any_of(endings, [&](std::string_view ending) {
        return name.size() > ending.size() &&
               text::equal_ignoring_case(name.substr(name.size() - ending.size()), ending);
    });
}

bool may_be_report(std::string_view header) {
    static constexpr std::array<std::string_view, 7> types{
        "application/gzip", "application/x-gzip", "application/zip",  "application/x-zip-compressed",
        "application/xml",  "text/xml",           "application/x-zip"};
    const auto content_type = field_value(header, "Content-Type");
    const auto type = text::trim(std::string_view(content_type).substr(0, content_type.find(';')));
    if (std::ranges::any_of(types, [&](auto known) { return text::equal_ignoring_case(type, known); })) return true;
    return has_ending(parameter(content_type, "name")) ||
           has_ending(parameter(field_value(header, "Content-Disposition"), "filename"));
}

std::optional<std::string> decoded(std::string_view header, std::string_view body) {
    const auto encoding = field_value(header, "Content-Transfer-Encoding");
    if (!text::equal_ignoring_case(encoding, "base64")) return std::string(body);
    std::string octets;
    for (const char c : body)
        if (text::is_graphic(c)) octets += c;
    return text::parse_base64(octets);
}

/// The parts between lines that begin with the boundary (RFC 2046 §5.1.1), appended to what is still to be looked at.
struct Piece {
    std::string_view text;
    std::size_t nesting = 0;
};

void add_parts(const Piece& whole, std::string_view body, std::string_view boundary, std::vector<Piece>& pieces) {
    const auto mark = "--" + std::string(boundary);
    std::vector<Piece> found;
    std::size_t begin = std::string_view::npos;
    for (std::size_t at = 0; at < body.size() && found.size() < most_parts;) {
        const auto line_end = std::min(body.find('\n', at), body.size());
        if (body.substr(at).starts_with(mark)) {
            if (begin != std::string_view::npos) found.push_back({body.substr(begin, at - begin), whole.nesting + 1});
            if (body.substr(at + mark.size()).starts_with("--")) {
                begin = std::string_view::npos;
                break;
            }
            begin = std::min(line_end + 1, body.size());
        }
        at = line_end + 1;
    }
    if (begin != std::string_view::npos && found.size() < most_parts)
        found.push_back({body.substr(begin), whole.nesting + 1});
    pieces.insert(pieces.end(), found.rbegin(), found.rend());  // the first is taken first
}

}  // namespace

std::optional<std::string> find_attachment(std::string_view message) {
    std::vector<Piece> pieces{{message}};
    for (std::size_t looked_at = 0; !pieces.empty() && looked_at < most_parts; ++looked_at) {
        const auto piece = pieces.back();
        pieces.pop_back();
        const auto division = mime::divide(piece.text);
        const auto header = piece.text.substr(0, division.header);
        const auto body = piece.text.substr(std::min(division.body, piece.text.size()));
        const auto content_type = field_value(header, "Content-Type");
        if (text::starts_with_ignoring_case(content_type, "multipart/")) {
            const auto boundary = parameter(content_type, "boundary");
            if (!boundary.empty() && piece.nesting < most_nesting) add_parts(piece, body, boundary, pieces);
        } else if (may_be_report(header)) {
            return decoded(header, body);
        }
    }
    return std::nullopt;
}

}  // namespace aggregate
