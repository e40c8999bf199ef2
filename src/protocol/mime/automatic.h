#pragma once
// Whether a message may be answered by a program: on vacation, a list's confirmation, "thank you for your request".
// RFC 3834 §2 (when, and when not), RFC 5230 §4.5, §4.6 (what is personal), RFC 2919, RFC 2369 (the marks of lists).
//
// Two programs that answer each other never stop. So what was itself made by a program, or came by way of a list, is
// not answered; and who answers for a person does so only if that person was addressed. In doubt there is no answer:
// one that is missing harms nobody. Pure, and linear in the length of the header.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mime {

enum class NoAnswer : std::uint8_t {
    NullSender,     // a bounce, or other notice to which nobody wants to hear anything
    ServiceSender,  // MAILER-DAEMON, owner-list, list-request, majordomo: not a person
    OwnSender,      // it is ours
    AutoSubmitted,  // another program's answer or notice
    Precedence,     // bulk, list, junk
    MailingList,    // it has a field of lists
    Report,         // multipart/report, whatever its sender says
    Suppressed,     // its sender asks for no answer
    LoopMark,       // it carries the mark by which programs know their own answers
    NotAddressed,   // no own address in To, Cc, Bcc or their Resent forms
};
std::string_view describe(NoAnswer reason);

/// Why a program must not answer this message; nothing: it may. `reverse_path` is "ann@example.org", empty the null
/// sender. Answers go there and nowhere else (RFC 3834 §4).
std::optional<NoAnswer> why_no_answer(std::string_view header, std::string_view reverse_path);

/// The same for who answers in a person's name, whose addresses `own` are.
std::optional<NoAnswer> why_no_personal_answer(std::string_view header, std::string_view reverse_path,
                                               std::span<const std::string> own);

inline bool may_answer(std::string_view header, std::string_view reverse_path) {
    return !why_no_answer(header, reverse_path);
}

}  // namespace mime
