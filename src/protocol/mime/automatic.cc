#include "mime/automatic.h"

#include <algorithm>
#include <array>

#include "mime/address.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace mime {
namespace {

using text::equal_ignoring_case;

bool is_any_of(std::string_view word, std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [&](auto other) { return equal_ignoring_case(word, other); });
}

/// The first word of a value, behind comments; empty where a comment has no end.
std::string first_word(std::string_view value) {
    const auto text = unfold(value);
    std::string word;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (depth > 0 && c == '\\') ++i;
        if (c == '(') ++depth;
        if (depth == 0 && (text::is_blank(c) || c == ';') && !word.empty()) break;
        if (depth == 0 && !text::is_blank(c)) word += c;
        if (c == ')' && depth > 0) --depth;
    }
    return depth == 0 ? word : std::string();
}

// RFC 3834 §2: addresses of programs, known by their names; RFC 5230 §4.6 has the same.
bool is_service(std::string_view address) {
    constexpr std::array<std::string_view, 9> names = {"mailer-daemon", "listserv",     "majordomo",
                                                       "mailman",       "ezmlm",        "noreply",
                                                       "no-reply",      "do-not-reply", "donotreply"};
    constexpr std::array<std::string_view, 4> ends = {"-request", "-owner", "-bounces", "-return"};
    const auto local_part = text::lower(address.substr(0, address.rfind('@')));
    // "list-owner-ann=example.net", "list-bounces+ann=example.net": the sender of one copy for one member.
    const auto is_for_one = [&](std::string_view end) {
        return local_part.contains(std::string(end) + "-") || local_part.contains(std::string(end) + "+");
    };
    return is_any_of(local_part, names) || local_part.starts_with("owner-") ||
           std::ranges::any_of(ends, [&](auto end) { return local_part.ends_with(end) || is_for_one(end); });
}

std::optional<NoAnswer> reason_in(const Field& field) {
    constexpr std::array<std::string_view, 8> lists = {
        "List-Id",   "List-Help",  "List-Subscribe", "List-Unsubscribe",
        "List-Post", "List-Owner", "List-Archive",   "List-Unsubscribe-Post"};
    // RFC 3834 §5: "no" is the only value that is answered, and whatever cannot be read is none.
    if (field.is("Auto-Submitted") && !equal_ignoring_case(first_word(field.value), "no"))
        return NoAnswer::AutoSubmitted;
    if (is_any_of(field.name, lists) || field.is("Mailing-List")) return NoAnswer::MailingList;
    if (field.is("Precedence")) {
        constexpr std::array<std::string_view, 4> marks = {"bulk", "list", "junk", "auto_reply"};
        if (is_any_of(first_word(field.value), marks)) return NoAnswer::Precedence;
    }
    if (field.is("Content-Type") && equal_ignoring_case(first_word(field.value), "multipart/report"))
        return NoAnswer::Report;
    // In the wild: Exchange and what calls itself an autoresponder have fields of their own.
    if (field.is("X-Auto-Response-Suppress") && !equal_ignoring_case(first_word(field.value), "none"))
        return NoAnswer::Suppressed;
    if (field.is("X-Autoreply") || field.is("X-Autorespond") || field.is("X-Autoresponder"))
        return NoAnswer::AutoSubmitted;
    if (field.is("X-Loop")) return NoAnswer::LoopMark;
    return std::nullopt;
}

bool is_own(std::string_view address, std::span<const std::string> own) {
    return std::ranges::any_of(own, [&](const auto& mine) { return equal_ignoring_case(address, mine); });
}

bool is_addressed_to(std::string_view header, std::span<const std::string> own) {
    constexpr std::array<std::string_view, 6> destinations = {"To",        "Cc",        "Bcc",
                                                              "Resent-To", "Resent-Cc", "Resent-Bcc"};
    FieldScanner fields(header);
    while (const auto field = fields.next()) {
        if (!is_any_of(field->name, destinations)) continue;
        const auto mailboxes = parse_address_list(field->value);
        if (mailboxes && std::ranges::any_of(*mailboxes, [&](const auto& m) { return is_own(m.addr_spec, own); }))
            return true;
    }
    return false;
}

}  // namespace

std::string_view describe(NoAnswer reason) {
    switch (reason) {
        case NoAnswer::NullSender: return "it has the null sender";
        case NoAnswer::ServiceSender: return "its sender is a program";
        case NoAnswer::OwnSender: return "its sender is the one who would answer";
        case NoAnswer::AutoSubmitted: return "a program made it";
        case NoAnswer::Precedence: return "its precedence is that of bulk mail";
        case NoAnswer::MailingList: return "it came through a mailing list";
        case NoAnswer::Report: return "it is a report";
        case NoAnswer::Suppressed: return "it asks for no automatic answer";
        case NoAnswer::LoopMark: return "it has the mark of an automatic answer";
        case NoAnswer::NotAddressed: break;
    }
    return "it is not addressed to the one who would answer";
}

std::optional<NoAnswer> why_no_answer(std::string_view header, std::string_view reverse_path) {
    // "#@[]" is the null sender of a bounce's bounce, as qmail writes it.
    if (reverse_path.empty() || reverse_path == "#@[]") return NoAnswer::NullSender;
    if (is_service(reverse_path)) return NoAnswer::ServiceSender;
    FieldScanner fields(header);
    while (const auto field = fields.next())
        if (const auto reason = reason_in(*field)) return reason;
    return std::nullopt;
}

std::optional<NoAnswer> why_no_personal_answer(std::string_view header, std::string_view reverse_path,
                                               std::span<const std::string> own) {
    if (is_own(reverse_path, own)) return NoAnswer::OwnSender;
    if (const auto reason = why_no_answer(header, reverse_path)) return reason;
    if (!is_addressed_to(header, own)) return NoAnswer::NotAddressed;
    return std::nullopt;
}

}  // namespace mime
