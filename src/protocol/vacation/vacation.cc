#include "vacation/vacation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "mime/header.h"
#include "mime/letter.h"
#include "text/ascii.h"

namespace vacation {
namespace {

constexpr std::int64_t latest = 253'402'300'799;  // the last second of the year 9999

bool has_fields(std::string_view file) {
    mime::FieldScanner fields(file);
    const auto first = fields.next();
    return first && (first->is("Subject") || first->is("From")) && mime::divide(file).has_empty_line;
}

std::string subject_of(const Notice& notice, const mime::Thread& thread) {
    if (!notice.subject.empty()) return notice.subject;
    // RFC 3834 §3.1.5: it shows that a program answers.
    return thread.subject.empty() ? "Auto: away" : "Auto: " + thread.subject;
}

}  // namespace

void read_text(std::string_view file, Notice& notice) {
    if (!has_fields(file)) {
        notice.text = file;
        return;
    }
    if (const auto subject = mime::find_field(file, "Subject"); subject && notice.subject.empty())
        notice.subject = mime::unfold(subject->value);
    if (const auto from = mime::find_field(file, "From")) {
        const auto mailboxes = mime::parse_address_list(from->value);
        if (mailboxes && mailboxes->size() == 1 && mailboxes->front().addr_spec.find('@') != std::string::npos)
            notice.from = mailboxes->front();
    }
    notice.text = file.substr(mime::divide(file).body);
}

std::optional<mime::NoAnswer> why_not(const Notice& notice, std::string_view header, std::string_view reverse_path) {
    return mime::why_no_personal_answer(header, reverse_path, notice.own);
}

std::string answer(const Notice& notice, std::string_view header, std::string_view reverse_path,
                   const Writing& writing) {
    auto thread = mime::thread_of(header);
    return mime::to_text(mime::Letter{.from = notice.from,
                                      .to = std::string(reverse_path),
                                      .reply_to = {},
                                      .subject = subject_of(notice, thread),
                                      .body = notice.text,
                                      .date = writing.date,
                                      .message_id = writing.message_id,
                                      .in_reply_to = std::move(thread.in_reply_to),
                                      .references = std::move(thread.references),
                                      .more_fields = {}});
}

Answered Answered::parse(std::string_view text) {
    Answered answered;
    while (!text.empty() && answered.entries_.size() < 2 * most) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        std::int64_t when = 0;
        const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), when);
        if (error != std::errc() || when < 0 || when > latest) continue;
        const auto address = line.substr(static_cast<std::size_t>(rest - line.data()));
        if (!address.starts_with(' ') || address.size() == 1 || std::ranges::any_of(address, text::is_control))
            continue;
        answered.note(address.substr(1), when);
    }
    return answered;
}

std::string Answered::line(std::string_view reverse_path, std::int64_t now) {
    return fmt::format("{} {}\n", now, text::lower(reverse_path));
}

std::string Answered::to_text() const {
    std::string text;
    for (const auto& [when, address] : entries_) text += line(address, when);
    return text;
}

bool Answered::may_answer(std::string_view reverse_path, std::int64_t now, std::int64_t period) const {
    // A line of its own could be made of it.
    if (std::ranges::any_of(reverse_path, text::is_control)) return false;
    const auto address = text::lower(reverse_path);
    const auto last = std::ranges::find(entries_.rbegin(), entries_.rend(), address, &Entry::address);
    if (last != entries_.rend()) return now - last->when >= period && last->when <= now;
    return entries_.size() < most;
}

void Answered::note(std::string_view reverse_path, std::int64_t now) {
    entries_.push_back({now, text::lower(reverse_path)});
}

void Answered::forget(std::int64_t now, std::int64_t period) {
    std::erase_if(entries_, [&](const Entry& entry) { return now - entry.when >= period; });
    // Of the future: from when the clock went wrong. It counts from now on.
    for (auto& entry : entries_) entry.when = std::min(entry.when, now);
}

}  // namespace vacation
