#include "dsn/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/escape.h"

namespace dsn {
namespace {

constexpr std::size_t longest_line = 78;

bool has(const Report& report, Action action) {
    return std::ranges::find(report.recipients, action, &Recipient::action) != report.recipients.end();
}

// What the second and third number of a status mean to somebody who never heard of them (RFC 3463 §3).
std::string_view meaning(std::string_view status) {
    struct Meaning {
        std::string_view detail;  // "1.1" of "5.1.1"; "7." stands for all of "5.7.x"
        std::string_view words;
    };
    constexpr std::array meanings{
        Meaning{"1.1", "The address does not exist. Check its spelling."},
        Meaning{"1.2", "The domain behind the @ does not exist or does not receive mail. Check its spelling."},
        Meaning{"1.3", "The address is not well-formed. Check its spelling."},
        Meaning{"1.10", "The domain behind the @ does not receive mail."},
        Meaning{"2.1", "The mailbox has been closed."},
        Meaning{"2.2", "The mailbox is full."},
        Meaning{"2.3", "The message is larger than the mailbox accepts."},
        Meaning{"3.4", "The message is larger than the receiving server accepts."},
        Meaning{"4.1", "The receiving server did not answer."},
        Meaning{"4.3", "The address of the receiving server could not be found for now."},
        Meaning{"4.4", "No server for the domain behind the @ could be found."},
        Meaning{"4.6", "The message was going in circles between servers."},
        Meaning{"4.7", "The message could not be delivered in the time allowed for it."},
        Meaning{"6.7", "The receiving server does not support addresses in other scripts than Latin."},
        Meaning{"7.", "The receiving server refuses the message because of its rules."},
    };
    const auto detail = status.substr(std::min<std::size_t>(2, status.size()));
    const auto found = std::ranges::find_if(meanings, [&](const Meaning& m) {
        return m.detail.ends_with('.') ? detail.starts_with(m.detail) : detail == m.detail;
    });
    return found == meanings.end() ? "" : found->words;
}

// The text's words in lines behind an indentation.
std::string wrapped(std::string_view text, std::string_view indentation) {
    std::string out;
    std::string line(indentation);
    for (bool is_first = true; !text.empty(); is_first = false) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!is_first && line.size() + 1 + word.size() > longest_line) {
            out += line + "\r\n";
            line = indentation;
            is_first = true;
        }
        if (!is_first) line += ' ';
        line += word;
    }
    return out + line + "\r\n";
}

std::string one_line(std::string_view outside) {
    std::string line(outside);
    std::ranges::replace(line, '\n', ' ');
    return text::escaped(line, longest_diagnostic);
}

std::string_view opening(Action action) {
    switch (action) {
        case Action::Failed: return "Your message could not be delivered to:";
        case Action::Delayed:
            return "Your message has not been delivered yet to the recipients below. We keep trying; you need not send "
                   "it "
                   "again.";
        case Action::Delivered: return "Your message has been delivered to:";
        case Action::Relayed:
            return "Your message has been passed on to another server, which does not report deliveries, for:";
        case Action::Expanded: return "Your message has been passed on to the members of:";
    }
    return "";
}

std::string about(const Recipient& recipient) {
    std::string out = wrapped("<" + text::escaped(recipient.final_recipient, 320) + ">", "  ");
    const bool has_trouble = recipient.action == Action::Failed || recipient.action == Action::Delayed;
    if (const auto words = meaning(recipient.status); has_trouble && !words.empty()) out += wrapped(words, "    ");
    if (!recipient.diagnostic.empty()) {
        const auto who = recipient.remote_mta.empty() ? "Reason" : "Server " + text::escaped(recipient.remote_mta, 255);
        out += wrapped(fmt::format("{}: {}", who, one_line(recipient.diagnostic)), "    ");
    }
    if (recipient.action == Action::Delayed && recipient.will_retry_until)
        out += wrapped("We try until " + mime::to_text(*recipient.will_retry_until) + ".", "    ");
    return out;
}

std::string paragraph(const Report& report, Action action) {
    std::string out = "\r\n" + wrapped(opening(action), "") + "\r\n";
    for (const auto& recipient : report.recipients)
        if (recipient.action == action) out += about(recipient);
    return out;
}

}  // namespace

std::string_view subject(const Report& report) {
    if (has(report, Action::Failed)) return "Undelivered mail returned to sender";
    if (has(report, Action::Delayed)) return "Mail delayed, still trying";
    return "Mail delivered";
}

std::string explanation(const Report& report) {
    std::string out = wrapped("This is the mail server " + text::escaped(report.reporting_mta, 255) + ".", "");
    for (const auto action : {Action::Failed, Action::Delayed, Action::Delivered, Action::Relayed, Action::Expanded})
        if (has(report, action)) out += paragraph(report, action);
    return out;
}

}  // namespace dsn
