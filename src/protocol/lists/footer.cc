#include "lists/footer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lists/settings.h"
#include "mime/content_type.h"
#include "mime/decode.h"
#include "mime/encode.h"
#include "mime/header.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace lists {
namespace {

using text::equal_ignoring_case;

constexpr std::size_t most_growth = 32 * 1024;

enum class Encoding : std::uint8_t { SevenBit, EightBit, QuotedPrintable, Base64 };

/// A message as its header describes it.
struct Anatomy {
    mime::ContentType type{"text", "plain", {}};
    Encoding encoding = Encoding::SevenBit;
    bool is_attachment = false;  // a file that is to be kept as it is
    bool has_version = false;
    std::string fields;          // without those about the body
    std::string content_fields;  // those
    std::string_view body;
    std::string_view line_end;
};

template <std::size_t n>
bool is_any_of(std::string_view word, const std::array<std::string_view, n>& words) {
    return std::ranges::find(words, word) != words.end();
}

std::optional<Encoding> parse_encoding(std::string_view value) {
    const auto name = mime::unfold(value);
    if (equal_ignoring_case(name, "7bit")) return Encoding::SevenBit;
    if (equal_ignoring_case(name, "8bit")) return Encoding::EightBit;
    if (equal_ignoring_case(name, "quoted-printable")) return Encoding::QuotedPrintable;
    if (equal_ignoring_case(name, "base64")) return Encoding::Base64;
    return std::nullopt;
}

/// Reads a field about the body; false: nobody can say what it means.
bool read_content_field(const mime::Field& field, Anatomy& anatomy) {
    if (field.is("Content-Type")) {
        auto type = mime::parse_content_type(field.value);
        if (type) anatomy.type = *std::move(type);
        return type.has_value();
    }
    if (field.is("Content-Transfer-Encoding")) {
        const auto encoding = parse_encoding(field.value);
        anatomy.encoding = encoding.value_or(anatomy.encoding);
        return encoding.has_value();
    }
    if (field.is("Content-Disposition"))
        anatomy.is_attachment = !text::starts_with_ignoring_case(mime::unfold(field.value), "inline");
    return true;
}

/// Nothing: it can be understood in more than one way.
std::optional<Anatomy> dissect(std::string_view message) {
    Anatomy anatomy;
    const auto division = mime::divide(message);
    const auto header = message.substr(0, division.header);
    for (const auto* name : {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"})
        if (mime::count_fields(header, name) > 1) return std::nullopt;
    mime::FieldScanner fields(header);
    while (const auto field = fields.next()) {
        if (field->name.empty() || !field->whole.ends_with('\n')) return std::nullopt;
        anatomy.has_version = anatomy.has_version || field->is("MIME-Version");
        const bool is_about_body = text::starts_with_ignoring_case(field->name, "Content-");
        if (is_about_body && !read_content_field(*field, anatomy)) return std::nullopt;
        (is_about_body ? anatomy.content_fields : anatomy.fields) += field->whole;
    }
    anatomy.body = message.substr(division.body);
    anatomy.line_end = message.substr(0, message.find('\n')).ends_with('\r') ? "\r\n" : "\n";
    return anatomy;
}

/// What loses its meaning with anything added, or around it.
bool is_untouchable(const mime::ContentType& type) {
    static constexpr std::array<std::string_view, 3> multiparts{"signed", "encrypted", "report"};
    static constexpr std::array<std::string_view, 5> applications{"pkcs7-mime", "x-pkcs7-mime", "pkcs7-signature",
                                                                  "x-pkcs7-signature", "pgp-encrypted"};
    if (type.type == "multipart") return is_any_of(type.subtype, multiparts);
    if (type.type == "application") return is_any_of(type.subtype, applications);
    return type.is("message", "partial");
}

/// The line ends are LF.
std::string with_line_ends(std::string_view text, std::string_view line_end) {
    std::string lines;
    for (const char c : text) {
        if (c == '\n')
            lines += line_end;
        else if (c != '\r')
            lines += c;
    }
    return lines;
}

// RFC 3676 §4.2, §4.4: only lines that are to be joined end in a blank; what begins like a quotation is stuffed.
std::string flowed(std::string_view text) {
    std::string lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        while (line != "-- " && line.ends_with(' ')) line.remove_suffix(1);
        if (line.starts_with(' ') || line.starts_with('>') || line.starts_with("From ")) lines += ' ';
        lines.append(line).append("\n");
    }
    return lines;
}

std::optional<std::string> in_latin1(std::string_view utf8) {
    std::string octets;
    while (!utf8.empty()) {
        const auto length = text::utf8_character_length(utf8);
        const auto lead = static_cast<unsigned char>(utf8.front());
        // U+00A0 to U+00FF: what windows-1252 has at the same place.
        if (length > 2 || (length == 2 && lead < 0xc2) || lead > 0xc3) return std::nullopt;
        const auto code = length == 1 ? lead : (lead & 3U) << 6 | (static_cast<unsigned char>(utf8[1]) & 0x3fU);
        if (length == 2 && code < 0xa0) return std::nullopt;
        octets += static_cast<char>(code);
        utf8.remove_prefix(length);
    }
    return octets;
}

/// Charsets in which ASCII is itself, octet by octet.
bool has_ascii(std::string_view charset) {
    static constexpr std::array<std::string_view, 4> names{"us-ascii", "utf-8", "koi8-r", "koi8-u"};
    return is_any_of(charset, names) || charset.starts_with("iso-8859-") || charset.starts_with("windows-125");
}

std::optional<std::string> in_charset(std::string_view utf8, std::string_view charset) {
    if (text::is_7bit(utf8)) return has_ascii(charset) ? std::optional(std::string(utf8)) : std::nullopt;
    if (charset == "utf-8") return std::string(utf8);
    if (charset == "iso-8859-1" || charset == "windows-1252") return in_latin1(utf8);
    return std::nullopt;
}

/// Below a text, with an empty line between them.
void end_paragraph(std::string& text, std::string_view line_end) {
    if (text.empty()) return;
    if (!text.ends_with('\n')) text += line_end;
    text += line_end;
}

// A soft line end at the end of a text would join the first line of what follows to it (RFC 2045 §6.7 (5)).
std::string with_last_line_ended(std::string_view quoted_printable, std::string_view line_end) {
    std::string text(quoted_printable);
    if (!text.empty() && !text.ends_with('\n')) text += line_end;
    const auto end = text.find_last_not_of(" \t\r\n");
    const bool is_last_line = end != std::string::npos && text.find('\n', end) == text.size() - 1;
    if (is_last_line && text[end] == '=') text += line_end;
    return text;
}

enum class Outcome : std::uint8_t { Added, DoesNotFit, Malformed };

/// Text alone: the footer goes below it.
Outcome append(const Anatomy& anatomy, std::string_view footer, std::string& body) {
    const bool is_plain = !anatomy.type.has_extended("charset") && !anatomy.type.has_extended("format");
    if (anatomy.is_attachment || !is_plain) return Outcome::DoesNotFit;
    auto charset = text::lower(anatomy.type.parameter("charset"));
    if (charset.empty()) charset = "us-ascii";
    const bool is_flowed = equal_ignoring_case(anatomy.type.parameter("format"), "flowed");
    const auto octets = in_charset(is_flowed ? flowed(footer) : std::string(footer), charset);
    if (!octets) return Outcome::DoesNotFit;
    const auto end = anatomy.line_end;
    switch (anatomy.encoding) {
        case Encoding::SevenBit:
            if (!text::is_7bit(*octets)) return Outcome::DoesNotFit;
            [[fallthrough]];
        case Encoding::EightBit:
            body = anatomy.body;
            end_paragraph(body, end);
            body += with_line_ends(*octets, end);
            return Outcome::Added;
        case Encoding::QuotedPrintable:
            body = with_last_line_ended(anatomy.body, end);
            end_paragraph(body, end);
            body += with_line_ends(mime::to_quoted_printable(*octets), end);
            return Outcome::Added;
        case Encoding::Base64: break;
    }
    auto text = mime::decode_base64_body(anatomy.body);
    if (!text) return Outcome::Malformed;
    end_paragraph(*text, "\r\n");  // RFC 2045 §6.8: text in its canonical form
    text->append(with_line_ends(*octets, "\r\n"));
    body = mime::to_base64_body(*text, end);
    return Outcome::Added;
}

/// The footer as a part: its fields, and its text in ASCII.
std::string part_of(std::string_view footer, std::string_view line_end) {
    const bool is_ascii = text::is_7bit(footer);
    std::string part = is_ascii
                           ? "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n"
                           : "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n";
    part += "Content-Disposition: inline\n\n";
    part += is_ascii ? std::string(footer) : mime::to_quoted_printable(footer);
    return with_line_ends(part, line_end);
}

/// Hostile: a boundary that stands in the footer would end its part.
bool begins_a_line(std::string_view boundary, std::string_view text) {
    return ("\n" + std::string(text)).contains("\n--" + std::string(boundary));
}

/// Another part of multipart/mixed, behind its last.
bool add_part(const Anatomy& anatomy, std::size_t end_of_parts, std::string_view footer, std::string& body) {
    const auto boundary = anatomy.type.parameter("boundary");
    const auto part = part_of(footer, anatomy.line_end);
    if (begins_a_line(boundary, part)) return false;
    body = anatomy.body.substr(0, end_of_parts);
    body += fmt::format("--{}{}{}{}", boundary, anatomy.line_end, part, anatomy.line_end);
    body += anatomy.body.substr(end_of_parts);
    return true;
}

/// All there is, and the footer, as parts of a multipart/mixed.
std::optional<std::string> wrapped(const Anatomy& anatomy, std::string_view footer, std::string_view boundary) {
    const auto end = anatomy.line_end;
    if (!mime::is_boundary(boundary) || anatomy.body.contains(boundary)) return std::nullopt;
    auto message = anatomy.fields;
    if (!anatomy.has_version) message += fmt::format("MIME-Version: 1.0{}", end);
    message += fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"{}", boundary, end);
    const bool is_8bit = anatomy.encoding == Encoding::EightBit || !text::is_7bit(anatomy.body);
    if (is_8bit) message += fmt::format("Content-Transfer-Encoding: 8bit{}", end);  // RFC 2045 §6.4
    message += fmt::format("{0}--{1}{0}{2}{0}", end, boundary, anatomy.content_fields);
    message += anatomy.body;
    message += fmt::format("{0}--{1}{0}{2}{0}--{1}--{0}", end, boundary, part_of(footer, end));
    return message;
}

/// The header stays, but for a digest of the body that was there (RFC 1864).
std::string with_body(std::string_view message, std::string_view body, std::string_view line_end) {
    const auto division = mime::divide(message);
    std::string changed;
    mime::FieldScanner fields(message.substr(0, division.header));
    while (const auto field = fields.next())
        if (!field->is("Content-MD5")) changed += field->whole;
    changed += message.substr(division.header, division.body - division.header);
    if (!division.has_empty_line) changed += line_end;
    return changed.append(body);
}

/// A multipart message with its footer; nothing: it stays as it is.
std::optional<std::string> changed_parts(std::string_view message, const Anatomy& anatomy, std::string_view footer,
                                         std::string_view boundary) {
    const bool is_plain = anatomy.encoding == Encoding::SevenBit || anatomy.encoding == Encoding::EightBit;
    const auto own = anatomy.type.parameter("boundary");
    if (!is_plain || !mime::is_boundary(own) || anatomy.type.has_extended("boundary")) return std::nullopt;
    const auto end = mime::find_end_of_parts(anatomy.body, own);
    if (!end) return std::nullopt;
    if (anatomy.type.subtype != "mixed") return wrapped(anatomy, footer, boundary);
    std::string body;
    if (!add_part(anatomy, *end, footer, body)) return std::nullopt;
    return with_body(message, body, anatomy.line_end);
}

/// Likewise of text alone.
std::optional<std::string> changed_text(std::string_view message, const Anatomy& anatomy, std::string_view footer,
                                        std::string_view boundary) {
    std::string body;
    switch (append(anatomy, footer, body)) {
        case Outcome::Added: return with_body(message, body, anatomy.line_end);
        case Outcome::DoesNotFit: return wrapped(anatomy, footer, boundary);
        case Outcome::Malformed: break;
    }
    return std::nullopt;
}

}  // namespace

bool add_footer(std::string& message, std::string_view footer, std::string_view boundary) {
    if (footer.empty() || !is_footer(footer) || message.size() > largest_with_footer) return false;
    const auto anatomy = dissect(message);
    if (!anatomy || is_untouchable(anatomy->type)) return false;
    auto changed = anatomy->type.type == "multipart"   ? changed_parts(message, *anatomy, footer, boundary)
                   : anatomy->type.is("text", "plain") ? changed_text(message, *anatomy, footer, boundary)
                                                       : wrapped(*anatomy, footer, boundary);
    // Hostile: base64 in very long lines. What could be taken in must go out too.
    if (!changed || changed->size() > message.size() + most_growth) return false;
    message = *std::move(changed);
    return true;
}

}  // namespace lists
