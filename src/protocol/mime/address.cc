#include "mime/address.h"

#include <algorithm>
#include <optional>

#include "lang/try.h"
#include "text/ascii.h"
#include "text/cursor.h"
#include "text/utf8.h"

namespace mime {
namespace {

using text::Cursor;
using Code = AddressError::Code;
template <typename T>
using Parsed = std::expected<T, AddressError>;

std::unexpected<AddressError> fail(const Cursor& in, Code code) {
    return std::unexpected(AddressError{code, in.offset()});
}

bool is_space(char c) { return text::is_blank(c) || c == '\r' || c == '\n'; }

// atext, and 8-bit octets as RFC 6532 §3.2 adds them
bool is_atext(char c) {
    constexpr std::string_view specials = "()<>[]:;@\\,.\"";
    return text::is_8bit(c) || (text::is_graphic(c) && specials.find(c) == std::string_view::npos);
}

// comment = "(" *([FWS] ccontent) [FWS] ")"; nested by counting          RFC 5322 §3.2.2
Parsed<void> skip_comment(Cursor& in) {
    std::size_t depth = 0;
    while (!in.at_end()) {
        const char c = in.peek();
        in.take_bytes(c == '\\' ? 2 : 1);
        if (c == '(') ++depth;
        if (c == ')' && --depth == 0) return {};
    }
    return fail(in, Code::UnfinishedComment);
}

Parsed<void> skip_cfws(Cursor& in) {
    for (;;) {
        in.take_while(is_space);
        if (in.peek() != '(') return {};
        TRY(skip_comment(in));
    }
}

// quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE; what it says          §3.2.4
Parsed<std::string> take_quoted(Cursor& in) {
    std::string content;
    in.take('"');
    while (!in.at_end()) {
        if (in.take('"')) return content;
        const bool is_escape = in.take('\\');
        if (in.at_end()) break;
        const char c = in.peek();
        const bool is_folding = !is_escape && (c == '\r' || c == '\n');
        if (!is_folding && text::is_control(c) && c != '\t') return fail(in, Code::ControlCharacter);
        if (!is_folding) content += c;
        in.take_bytes(1);
    }
    return fail(in, Code::UnfinishedQuote);
}

/// A run of words and dots: a phrase or a local part; which of the two shows what comes behind it.
struct Words {
    std::string phrase;      // with blanks where there were some
    std::string local_part;  // without blanks
    bool is_dotted = true;   // words and dots take turns
    bool ends_in_word = false;
    bool is_empty = true;

    bool may_be_local_part() const {
        return is_dotted && ends_in_word && !local_part.empty() && text::is_utf8(local_part);
    }
    void add(std::string_view piece, bool has_blank_before, bool is_word) {
        if (has_blank_before && !is_empty) phrase += ' ';
        phrase += piece;
        local_part += piece;
        is_dotted = is_dotted && is_word != ends_in_word;
        ends_in_word = is_word;
        is_empty = false;
    }
};

Parsed<Words> take_words(Cursor& in) {
    Words words;
    for (;;) {
        const auto before = in.offset();
        TRY(skip_cfws(in));
        const bool has_blank_before = in.offset() != before;
        if (in.take('.')) {
            words.add(".", has_blank_before, /*is_word=*/false);
        } else if (in.peek() == '"') {
            words.add(TRY(take_quoted(in)), has_blank_before, /*is_word=*/true);
        } else if (is_atext(in.peek())) {
            words.add(in.take_while(is_atext), has_blank_before, /*is_word=*/true);
        } else {
            return words;
        }
    }
}

bool is_dot_atom(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos)
        return false;
    return std::ranges::all_of(text, [](char c) { return c == '.' || is_atext(c); });
}

std::string quoted(std::string_view content) {
    std::string out = "\"";
    for (char c : content) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

Parsed<std::string> local_part_of(const Words& words, const Cursor& in) {
    if (!words.may_be_local_part()) return fail(in, words.is_empty ? Code::MissingAddress : Code::BadLocalPart);
    return is_dot_atom(words.local_part) ? words.local_part : quoted(words.local_part);
}

// domain-literal = "[" *([FWS] dtext) [FWS] "]"          §3.4.1
Parsed<std::string> take_literal(Cursor& in) {
    std::string literal;
    while (!in.at_end()) {
        const char c = in.peek();
        if (text::is_control(c) && !is_space(c)) return fail(in, Code::ControlCharacter);
        if (c == '\\' || text::is_8bit(c) || (c == '[' && !literal.empty())) return fail(in, Code::BadDomain);
        in.take_bytes(1);
        if (!is_space(c)) literal += c;
        if (c == ']') return literal;
    }
    return fail(in, Code::UnfinishedLiteral);
}

// domain = dot-atom / domain-literal / obs-domain          §3.4.1, §4.4
Parsed<std::string> take_domain(Cursor& in) {
    TRY(skip_cfws(in));
    if (in.peek() == '[') return take_literal(in);
    std::string domain;
    for (;;) {
        TRY(skip_cfws(in));
        const auto label = in.take_while(is_atext);
        if (label.empty() || !text::is_utf8(label)) return fail(in, Code::BadDomain);
        domain += label;
        TRY(skip_cfws(in));
        if (!in.take('.')) return domain;
        domain += '.';
    }
}

// addr-spec = local-part "@" domain; the domain may be missing          §3.4.1
Parsed<std::string> take_addr_spec(Cursor& in, const Words& words) {
    std::string local_part = TRY(local_part_of(words, in));
    if (!in.take('@')) return local_part;
    return local_part + '@' + TRY(take_domain(in));
}

// obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":"          §4.4
Parsed<void> skip_route(Cursor& in) {
    for (;;) {
        TRY(skip_cfws(in));
        if (in.take(',')) continue;
        if (in.take(':')) return {};
        if (!in.take('@')) return fail(in, Code::UnexpectedText);
        TRY(take_domain(in));
    }
}

// angle-addr = "<" [obs-route] addr-spec ">"          §3.4
Parsed<std::string> take_angle_addr(Cursor& in) {
    in.take('<');
    TRY(skip_cfws(in));
    if (in.peek() == '@' || in.peek() == ',') TRY(skip_route(in));
    const Words words = TRY(take_words(in));
    std::string addr_spec = TRY(take_addr_spec(in, words));
    TRY(skip_cfws(in));
    if (!in.take('>')) return fail(in, in.at_end() ? Code::UnfinishedAngle : Code::UnexpectedText);
    return addr_spec;
}

/// Reads the list member by member; a group is its members (§3.4).
class ListReader {
public:
    explicit ListReader(std::string_view value) : in_(value) {}

    Parsed<std::vector<Mailbox>> read() {
        while (TRY(take_member())) {
            if (mailboxes_.size() > most_addresses) return fail(in_, Code::TooMany);
        }
        return std::move(mailboxes_);
    }

private:
    // False at the end of the list.
    Parsed<bool> take_member() {
        TRY(skip_cfws(in_));
        if (in_.take(',')) return true;
        if (in_group_ && in_.take(';')) {
            in_group_ = false;
            return true;
        }
        if (in_.at_end()) return false;  // In the wild: "undisclosed-recipients:" without ";"
        const Words words = TRY(take_words(in_));
        if (!in_group_ && !words.is_empty && in_.take(':')) {
            in_group_ = true;
            return true;
        }
        mailboxes_.push_back(TRY(take_mailbox(words)));
        return is_between_members() ? Parsed<bool>(true) : fail_here();
    }

    Parsed<Mailbox> take_mailbox(const Words& words) {
        Mailbox mailbox;
        if (in_.peek() == '<') {
            mailbox.display_name = words.phrase;
            mailbox.addr_spec = TRY(take_angle_addr(in_));
        } else {
            if (in_.peek() != '@' && !is_between_members()) return fail_here();
            mailbox.addr_spec = TRY(take_addr_spec(in_, words));
        }
        TRY(skip_cfws(in_));
        return mailbox;
    }

    bool is_between_members() const { return in_.at_end() || in_.peek() == ',' || (in_group_ && in_.peek() == ';'); }
    std::unexpected<AddressError> fail_here() const {
        return fail(in_, text::is_control(in_.peek()) && !in_.at_end() ? Code::ControlCharacter : Code::UnexpectedText);
    }

    Cursor in_;
    bool in_group_ = false;
    std::vector<Mailbox> mailboxes_;
};

// phrase = 1*word, the words being atoms with one blank between them
bool is_plain_phrase(std::string_view name) {
    bool after_blank = true;
    for (char c : name) {
        if (c == ' ' ? after_blank : !is_atext(c)) return false;
        after_blank = c == ' ';
    }
    return !after_blank;
}

}  // namespace

std::string_view describe(AddressError::Code code) {
    switch (code) {
        case Code::UnfinishedComment: return "a comment without its end";
        case Code::UnfinishedQuote: return "a quoted string without its end";
        case Code::UnfinishedLiteral: return "an address literal without its end";
        case Code::UnfinishedAngle: return "'<' without '>'";
        case Code::MissingAddress: return "no address";
        case Code::BadLocalPart: return "not a local part";
        case Code::BadDomain: return "not a domain";
        case Code::UnexpectedText: return "unexpected text";
        case Code::ControlCharacter: return "a control character";
        case Code::TooMany: return "too many addresses";
    }
    return "";
}

std::expected<std::vector<Mailbox>, AddressError> parse_address_list(std::string_view value) {
    return ListReader(value).read();
}

std::string to_phrase(std::string_view display_name) {
    std::string name;
    std::ranges::copy_if(display_name, std::back_inserter(name),
                         [](char c) { return !text::is_control(c) || c == '\t'; });
    return name.empty() || is_plain_phrase(name) ? name : quoted(name);
}

std::string to_text(const Mailbox& mailbox) {
    const auto phrase = to_phrase(mailbox.display_name);
    return phrase.empty() ? mailbox.addr_spec : phrase + " <" + mailbox.addr_spec + ">";
}

std::string to_text(const std::vector<Mailbox>& mailboxes) {
    std::string out;
    for (const auto& mailbox : mailboxes) {
        if (!out.empty()) out += ", ";
        out += to_text(mailbox);
    }
    return out;
}

}  // namespace mime
