#include "smtp/path.h"

#include <algorithm>
#include <utility>

#include "lang/try.h"
#include "smtp/limits.h"
#include "text/ascii.h"
#include "text/cursor.h"
#include "text/idna.h"
#include "text/utf8.h"

namespace smtp {
namespace {

using text::Cursor;
using Code = PathError::Code;

template <typename T>
using Parsed = std::expected<T, PathError>;

std::unexpected<PathError> fail(const Cursor& in, Code code) { return std::unexpected(PathError{code, in.offset()}); }

// atext of RFC 5322 §3.2.3, with UTF8-non-ascii of RFC 6531 §3.3
bool is_atext(char c) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return text::is_alphanumeric(c) || text::is_8bit(c) || others.contains(c);
}

bool is_dot_string(std::string_view local) {
    if (local.empty() || local.starts_with('.') || local.ends_with('.') || local.contains("..")) return false;
    return std::ranges::all_of(local, [](char c) { return c == '.' || is_atext(c); });
}

// Hostile: C1 controls are characters of UTF-8, but terminals obey them like C0.
bool has_c1_control(std::string_view utf8) {
    for (std::size_t at = utf8.find('\xC2'); at != utf8.npos && at + 1 < utf8.size(); at = utf8.find('\xC2', at + 1)) {
        if (static_cast<unsigned char>(utf8[at + 1]) < 0xA0) return true;
    }
    return false;
}

Parsed<void> check_characters(const Cursor& in, std::string_view part, Utf8 utf8) {
    if (text::is_7bit(part)) return {};
    if (!text::is_utf8(part)) return fail(in, Code::BadUtf8);
    if (has_c1_control(part)) return fail(in, Code::BadLocalPart);
    if (utf8 == Utf8::Refused) return fail(in, Code::NonAscii);
    return {};
}

// Dot-string = Atom *("." Atom)                                                  §4.1.2
Parsed<std::string> parse_dot_string(Cursor& in) {
    const auto local = in.take_while([](char c) { return c == '.' || is_atext(c); });
    if (local.empty()) return fail(in, in.peek() == '@' ? Code::EmptyLocalPart : Code::BadLocalPart);
    if (!is_dot_string(local)) return fail(in, Code::BadLocalPart);
    return std::string(local);
}

// Quoted-string = DQUOTE *(qtextSMTP / quoted-pairSMTP) DQUOTE                    §4.1.2
Parsed<std::string> parse_quoted_string(Cursor& in) {
    in.take('"');
    std::string local;
    while (!in.take('"')) {
        in.take('\\');
        if (in.at_end() || text::is_control(in.peek())) return fail(in, Code::BadLocalPart);
        local += in.take_bytes(1);
    }
    if (local.empty()) return fail(in, Code::EmptyLocalPart);
    return local;
}

Parsed<std::string> parse_local_part(Cursor& in, Utf8 utf8) {
    const auto before = in.offset();
    auto local = TRY(in.peek() == '"' ? parse_quoted_string(in) : parse_dot_string(in));
    if (auto checked = check_characters(in, local, utf8); !checked) return std::unexpected(checked.error());
    // The length as written: the canonical form is never longer.
    if (in.offset() - before > longest_local_part) return fail(in, Code::LocalPartTooLong);
    return local;
}

// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal ) "]"       §4.1.3
Parsed<ip::Address> parse_literal(Cursor& in) {
    in.take('[');
    const auto inside = in.take_while([](char c) { return text::is_alphanumeric(c) || c == '.' || c == ':'; });
    auto address = ip::parse_address_literal(inside);
    if (!address || !in.take(']')) return fail(in, Code::BadLiteral);
    return *address;
}

// sub-domain = Let-dig [Ldh-str]                                                  §4.1.2
// In the wild: host names with underscores send mail, and nobody refuses them.
Parsed<void> check_label(const Cursor& in, std::string_view label) {
    if (label.empty() || label.starts_with('-') || label.ends_with('-')) return fail(in, Code::BadDomain);
    if (label.size() > 63) return fail(in, Code::DomainTooLong);
    return {};
}

Parsed<std::string> parse_ascii_domain(const Cursor& in, std::string_view written) {
    // Hostile: 127.0.0.1 without brackets is no domain (RFC 3696 §2: no top-level domain is a number).
    const bool is_number = std::ranges::all_of(written, [](char c) { return text::is_digit(c) || c == '.'; });
    if (is_number) return fail(in, Code::BadDomain);
    for (std::size_t start = 0; start <= written.size();) {
        const auto end = std::min(written.find('.', start), written.size());
        if (auto checked = check_label(in, written.substr(start, end - start)); !checked)
            return std::unexpected(checked.error());
        start = end + 1;
    }
    return text::lower(written);
}

Parsed<std::string> parse_international_domain(const Cursor& in, std::string_view written, Utf8 utf8) {
    if (!text::is_utf8(written)) return fail(in, Code::BadUtf8);
    if (utf8 == Utf8::Refused) return fail(in, Code::NonAscii);
    auto ascii = text::to_a_labels(written);
    if (ascii) return parse_ascii_domain(in, *ascii);
    return fail(in, ascii.error() == text::IdnaError::TooLong ? Code::DomainTooLong : Code::BadDomain);
}

// Domain = sub-domain *("." sub-domain)                                           §4.1.2, RFC 6531 §3.3
Parsed<std::string> parse_domain(Cursor& in, Utf8 utf8) {
    const auto written = in.take_while(
        [](char c) { return text::is_alphanumeric(c) || text::is_8bit(c) || c == '-' || c == '_' || c == '.'; });
    if (written.size() > longest_domain) return fail(in, Code::DomainTooLong);
    if (written.size() > 1 && written.ends_with('.') && !written.ends_with("..")) return fail(in, Code::TrailingDot);
    if (!text::is_7bit(written)) return parse_international_domain(in, written, utf8);
    return parse_ascii_domain(in, written);
}

Parsed<void> parse_host(Cursor& in, Utf8 utf8, Mailbox& mailbox) {
    if (in.peek() != '[') {
        mailbox.domain = TRY(parse_domain(in, utf8));
        return {};
    }
    mailbox.literal = TRY(parse_literal(in));
    mailbox.domain = ip::address_literal(*mailbox.literal);
    return {};
}

// Mailbox = Local-part "@" ( Domain / address-literal )                           §4.1.2
Parsed<Mailbox> parse_mailbox(Cursor& in, Utf8 utf8) {
    const auto before = in.offset();
    Mailbox mailbox;
    mailbox.local_part = TRY(parse_local_part(in, utf8));
    const auto local_length = in.offset() - before;
    if (!in.take('@')) return fail(in, Code::MissingDomain);
    if (auto checked = parse_host(in, utf8, mailbox); !checked) return std::unexpected(checked.error());
    // A-labels can be longer than what was written; the canonical form has to fit as well.
    const auto length = std::max(in.offset() - before, local_length + 1 + mailbox.domain.size());
    if (length + 2 > longest_path) return fail(in, Code::PathTooLong);
    return mailbox;
}

// A-d-l = At-domain *( "," At-domain ) ":"                                        §4.1.2, App. C
Parsed<void> skip_route(Cursor& in, Utf8 utf8) {
    if (in.peek() != '@') return {};
    do {
        Mailbox hop;
        if (!in.take('@')) return fail(in, Code::BadRoute);
        if (auto checked = parse_host(in, utf8, hop); !checked) return std::unexpected(checked.error());
    } while (in.take(','));
    if (!in.take(':')) return fail(in, Code::BadRoute);
    return {};
}

bool is_at_word_end(const Cursor& in) { return in.at_end() || text::is_blank(in.peek()); }

Parsed<Mailbox> parse_unbracketed(Cursor& in, Utf8 utf8) {
    if (is_at_word_end(in)) return fail(in, Code::MissingBracket);
    auto mailbox = TRY(parse_mailbox(in, utf8));
    if (!is_at_word_end(in)) return fail(in, Code::MissingBracket);
    return mailbox;
}

// Path = "<" [ A-d-l ":" ] Mailbox ">"                                            §4.1.2
Parsed<Mailbox> parse_bracketed(Cursor& in, Utf8 utf8) {
    const auto before = in.offset();
    in.take('<');
    if (auto checked = skip_route(in, utf8); !checked) return std::unexpected(checked.error());
    auto mailbox = TRY(parse_mailbox(in, utf8));
    if (!in.take('>') || !is_at_word_end(in)) return fail(in, Code::MissingBracket);
    if (in.offset() - before > longest_path) return fail(in, Code::PathTooLong);
    return mailbox;
}

Parsed<Mailbox> parse_path(Cursor& in, Utf8 utf8) {
    return in.peek() == '<' ? parse_bracketed(in, utf8) : parse_unbracketed(in, utf8);
}

// "<Postmaster>" [ SP … ]                                                        §4.1.1.3
bool take_bare_postmaster(Cursor& in) {
    constexpr std::string_view word = "<postmaster>";
    if (!text::starts_with_ignoring_case(in.rest(), word)) return false;
    Cursor behind(in.rest().substr(word.size()));
    return is_at_word_end(behind) && in.take_word(word);
}

}  // namespace

bool Mailbox::needs_smtputf8() const { return !text::is_7bit(local_part); }

std::string to_text(const Mailbox& mailbox) {
    std::string out;
    out.reserve(mailbox.local_part.size() + 1 + mailbox.domain.size());
    if (is_dot_string(mailbox.local_part)) {
        out = mailbox.local_part;
    } else {
        out += '"';
        for (char c : mailbox.local_part) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    if (!mailbox.domain.empty()) out.append(1, '@').append(mailbox.domain);
    return out;
}

std::expected<Mailbox, PathError> parse_mailbox(std::string_view text, Utf8 utf8) {
    Cursor in(text);
    auto mailbox = TRY(parse_mailbox(in, utf8));
    if (!in.at_end()) return fail(in, Code::BadDomain);
    return mailbox;
}

// Reverse-path = Path / "<>"                                                      §4.1.2
std::expected<ParsedPath<std::optional<Mailbox>>, PathError> parse_reverse_path(std::string_view text, Utf8 utf8) {
    Cursor in(text);
    if (in.take_word("<>")) {
        if (!is_at_word_end(in)) return fail(in, Code::MissingBracket);
        return ParsedPath<std::optional<Mailbox>>{std::nullopt, in.offset()};
    }
    auto mailbox = TRY(parse_path(in, utf8));
    return ParsedPath<std::optional<Mailbox>>{std::move(mailbox), in.offset()};
}

// Forward-path = Path; or "<Postmaster>"                                          §4.1.1.3
std::expected<ParsedPath<Mailbox>, PathError> parse_forward_path(std::string_view text, Utf8 utf8) {
    Cursor in(text);
    if (text.starts_with("<>")) return fail(in, Code::Empty);
    if (take_bare_postmaster(in)) return ParsedPath<Mailbox>{Mailbox{"postmaster", "", {}}, in.offset()};
    auto mailbox = TRY(parse_path(in, utf8));
    return ParsedPath<Mailbox>{std::move(mailbox), in.offset()};
}

std::string_view describe(PathError::Code code) {
    switch (code) {
        case Code::Empty: return "There is no recipient in <>";
        case Code::MissingBracket: return "Put the address in < and >, with nothing else";
        case Code::BadLocalPart: return "This is no name of a mailbox";
        case Code::EmptyLocalPart: return "There is no name before the @";
        case Code::MissingDomain: return "The address needs an @ and a domain";
        case Code::BadDomain: return "This is no domain name";
        case Code::TrailingDot: return "A mail domain does not end in a dot";
        case Code::BadLiteral: return "This is no address literal";
        case Code::BadRoute: return "This is no source route";
        case Code::LocalPartTooLong: return "The name before the @ is longer than 256 octets";
        case Code::DomainTooLong: return "The domain is too long";
        case Code::PathTooLong: return "The path is longer than 256 octets";
        case Code::BadUtf8: return "This is not UTF-8";
        case Code::NonAscii: return "An address that is not ASCII needs SMTPUTF8";
    }
    std::unreachable();
}

Reply refusal(const PathError& error, PathRole role) {
    const std::string text(describe(error.code));
    if (error.code == Code::NonAscii) return {553, "5.6.7", text};  // RFC 6531 §3.5
    if (error.code == Code::BadUtf8) return {501, "5.5.2", text};
    if (role == PathRole::Reverse) return {501, "5.1.7", text};
    // The name could exist in DNS, but is none of ours and nothing we would send to.
    if (error.code == Code::TrailingDot) return {550, "5.7.1", text};
    return {501, "5.1.3", text};
}

}  // namespace smtp
