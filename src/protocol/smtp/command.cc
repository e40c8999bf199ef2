#include "smtp/command.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lang/try.h"
#include "smtp/command_line.h"
#include "smtp/limits.h"
#include "smtp/parameters.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/cursor.h"
#include "text/utf8.h"

namespace smtp {
namespace {

using text::Cursor;
using After = SyntaxError::After;
using Parsed = std::expected<Command, SyntaxError>;

std::unexpected<SyntaxError> fail(Reply reply, After after = After::GoOn) {
    return std::unexpected(SyntaxError{std::move(reply), after});
}

void skip_blanks(Cursor& in) { in.take_while(text::is_blank); }

/// The rest of the line, without blanks around it.
std::string_view argument(Cursor& in) { return text::trim(in.take_bytes(in.rest().size())); }

template <typename Simple>
Parsed parse_alone(Cursor& in) {
    if (!argument(in).empty()) return fail({501, "5.5.4", "This command takes no argument"});
    return Simple{};
}

template <typename Simple>
Parsed parse_any(Cursor&) {
    return Simple{};
}

// ehlo = "EHLO" SP ( Domain / address-literal )                                   §4.1.1.1
// In the wild: host names with blanks or underscores, bare addresses. The first word is kept as a claim, no more.
template <typename Hello>
Parsed parse_hello(Cursor& in) {
    skip_blanks(in);
    const auto domain = in.take_while(text::is_graphic);
    if (domain.empty()) return fail({501, "5.5.4", "Say who you are: the host name is missing or strange"});
    if (domain.size() > longest_domain) return fail({501, "5.5.4", "That name is too long"});
    if (!std::ranges::all_of(in.rest(), text::is_printable)) return fail({501, "5.5.2", "That is no host name"});
    return Hello{std::string(domain)};
}

/// "FROM:" or "TO:" and blanks, which the standard does not allow there and many clients send (RFC 5321 §3.3).
bool take_keyword(Cursor& in, std::string_view word) {
    skip_blanks(in);
    if (!in.take_word(word)) return false;
    skip_blanks(in);
    return true;
}

// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]                           §4.1.1.2
Parsed parse_mail(Cursor& in) {
    if (!take_keyword(in, "FROM:")) return fail({501, "5.5.4", "Say MAIL FROM:<address>"});
    auto path = parse_reverse_path(in.rest(), Utf8::Allowed);
    if (!path) return fail(refusal(path.error(), PathRole::Reverse));
    Mail mail;
    mail.has_utf8 = !text::is_7bit(in.take_bytes(path->length));
    mail.reverse_path = std::move(path->value);
    if (auto refused = read_parameters(in.rest(), mail)) return fail(std::move(*refused));
    return mail;
}

// rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters]                             §4.1.1.3
Parsed parse_rcpt(Cursor& in) {
    if (!take_keyword(in, "TO:")) return fail({501, "5.5.4", "Say RCPT TO:<address>"});
    auto path = parse_forward_path(in.rest(), Utf8::Allowed);
    if (!path) return fail(refusal(path.error(), PathRole::Forward));
    Rcpt rcpt;
    rcpt.has_utf8 = !text::is_7bit(in.take_bytes(path->length));
    rcpt.forward_path = std::move(path->value);
    if (auto refused = read_parameters(in.rest(), rcpt)) return fail(std::move(*refused));
    return rcpt;
}

// bdat = "BDAT" SP chunk-size [ SP "LAST" ]                                       RFC 3030 §2
// Hostile: whoever gets this wrong sends octets of a length we do not know, so there is no going on.
Parsed parse_bdat(Cursor& in) {
    const auto refused = fail({501, "5.5.4", "Say BDAT length, or BDAT length LAST"}, After::Close);
    skip_blanks(in);
    const auto digits = in.take_while(text::is_digit);
    Bdat bdat;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bdat.size);
    if (digits.empty() || error != std::errc()) return refused;
    if (!in.at_end() && !text::is_blank(in.peek())) return refused;
    const auto rest = argument(in);
    bdat.last = text::equal_ignoring_case(rest, "LAST");
    if (!rest.empty() && !bdat.last) return refused;
    return bdat;
}

// vrfy = "VRFY" SP String, with SMTPUTF8 behind it                                §4.1.1.6, RFC 6531 §3.7.4.2
Parsed parse_vrfy(Cursor& in) {
    constexpr std::string_view parameter = " SMTPUTF8";
    auto what = argument(in);
    Vrfy vrfy;
    if (what.size() > parameter.size()) {
        const auto tail = what.substr(what.size() - parameter.size());
        vrfy.smtputf8 = text::equal_ignoring_case(tail, parameter);
        if (vrfy.smtputf8) what.remove_suffix(parameter.size());
    }
    if (what.empty()) return fail({501, "5.5.4", "Say VRFY address"});
    if (!text::is_utf8(what)) return fail({501, "5.5.2", "This is not UTF-8"});
    vrfy.what = what;
    return vrfy;
}

// auth-command = "AUTH" SP sasl-mech [SP initial-response]                        RFC 4954 §4, §8
Parsed parse_auth(Cursor& in) {
    skip_blanks(in);
    const auto name = in.take_while([](char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; });
    if (name.empty() || name.size() > longest_mechanism) return fail({501, "5.5.4", "Say AUTH mechanism"});
    if (!in.at_end() && !text::is_blank(in.peek())) return fail({501, "5.5.4", "That is no mechanism's name"});
    Auth auth{.mechanism = std::string(name)};
    std::ranges::transform(auth.mechanism, auth.mechanism.begin(), text::to_upper);
    const auto response = argument(in);
    if (response.empty()) return auth;
    auth.initial = response == "=" ? std::string() : text::parse_base64(response);
    if (!auth.initial) return fail({501, "5.5.2", "That is not base64"});
    return auth;
}

struct Verb {
    std::string_view word;
    Parsed (*parse)(Cursor&);
};
constexpr Verb verbs[] = {
    {"MAIL", parse_mail},
    {"RCPT", parse_rcpt},
    {"DATA", parse_alone<Data>},
    {"BDAT", parse_bdat},
    {"EHLO", parse_hello<Ehlo>},
    {"HELO", parse_hello<Helo>},
    {"LHLO", parse_hello<Lhlo>},
    {"QUIT", parse_alone<Quit>},
    {"RSET", parse_alone<Rset>},
    {"NOOP", parse_any<Noop>},
    {"VRFY", parse_vrfy},
    {"EXPN", parse_any<Expn>},
    {"HELP", parse_any<Help>},
    {"STARTTLS", parse_alone<StartTls>},
    {"AUTH", parse_auth},
    {"ETRN", parse_any<NotOffered>},  // RFC 1985
    {"TURN", parse_any<NotOffered>},  // RFC 5321 App. F.1, F.6
    {"SEND", parse_any<NotOffered>},
    {"SOML", parse_any<NotOffered>},
    {"SAML", parse_any<NotOffered>},
    {"BURL", parse_any<NotOffered>},  // RFC 4468
    {"XCLIENT", parse_any<Override>},
    {"XFORWARD", parse_any<Override>},
    // Hostile: a browser can be made to POST our commands to us; a proxy's word about its client is not for anybody.
    {"GET", parse_any<Foreign>},
    {"HEAD", parse_any<Foreign>},
    {"POST", parse_any<Foreign>},
    {"PUT", parse_any<Foreign>},
    {"PATCH", parse_any<Foreign>},
    {"DELETE", parse_any<Foreign>},
    {"OPTIONS", parse_any<Foreign>},
    {"TRACE", parse_any<Foreign>},
    {"CONNECT", parse_any<Foreign>},
    {"PROXY", parse_any<Foreign>},
};

const Verb* find_verb(std::string_view word) {
    const auto* verb =
        std::ranges::find_if(verbs, [&](const Verb& known) { return text::equal_ignoring_case(known.word, word); });
    return verb == std::end(verbs) ? nullptr : verb;
}

/// What no command may contain, whatever it is.
std::optional<Reply> check_octets(std::string_view line, std::size_t longest) {
    if (line.size() > longest) return Reply{500, "5.5.2", "Line too long"};
    if (line.find_first_of("\r\n") != line.npos) return Reply{500, "5.5.2", "CR or LF inside a line"};
    const bool has_control = std::ranges::any_of(line, [](char c) { return text::is_control(c) && c != '\t'; });
    if (has_control) return Reply{501, "5.5.2", "Control characters are not allowed here"};
    return std::nullopt;
}

}  // namespace

std::expected<Command, SyntaxError> parse_command(std::string_view line) {
    Cursor in(line);
    const Verb* verb = find_verb(in.take_while(text::is_letter));
    const bool is_bdat = verb && verb->parse == parse_bdat;
    const bool is_auth = verb && verb->parse == parse_auth;
    if (auto refused = check_octets(line, is_auth ? longest_auth_line : longest_command_line)) {
        if (is_bdat) return parse_bdat(in);
        return fail(std::move(*refused));
    }
    const bool is_word = in.at_end() || text::is_blank(in.peek());
    if (is_bdat && !is_word) return fail({501, "5.5.4", "Say BDAT length"}, After::Close);
    if (!verb || !is_word) return Unknown{};
    return verb->parse(in);
}

}  // namespace smtp
