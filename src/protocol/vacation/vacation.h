#pragma once
// Automatic answers of somebody who is away. RFC 3834 §2 (when), §3.1 (the answer), §3.3 and §4 (to whom, from whom);
// RFC 5230 §4.2 (each sender once in a while), §4.5, §4.6 (only for mail that was addressed to the person).
//
// Pure: the time, identifiers and what was answered before are arguments. In doubt there is no answer.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/address.h"
#include "mime/automatic.h"
#include "mime/date.h"

namespace vacation {

/// What somebody wants his correspondents to hear.
struct Notice {
    std::string text;              // UTF-8
    std::string subject;           // empty: "Auto: " and the original's
    mime::Mailbox from;            // one of `own`
    std::vector<std::string> own;  // addresses, the one this mail came to among them
};

/// The notice as it stands in a file: text, or fields (Subject and From count) and, behind an empty line, text. That is
/// how vacation(1) of old has it.
void read_text(std::string_view file, Notice& notice);

/// Why this message is not answered; nothing: it may be, if its sender was not answered lately.
std::optional<mime::NoAnswer> why_not(const Notice& notice, std::string_view header, std::string_view reverse_path);

struct Writing {
    mime::Date date;
    std::string message_id;  // without <>
};
/// The answer, to be sent from the null reverse-path to the original's reverse-path, and nowhere else.
std::string answer(const Notice& notice, std::string_view header, std::string_view reverse_path,
                   const Writing& writing);

/// Whom was answered when: one for each line, "SECONDS ADDRESS", the latest last. Hostile: what cannot be read is
/// passed over, and what grows too long answers nobody anymore until some of it is forgotten.
class Answered {
public:
    static constexpr std::size_t most = 10'000;

    static Answered parse(std::string_view text);
    std::string to_text() const;

    /// Whether this sender may be answered now. A time in the future counts as now: clocks get set.
    bool may_answer(std::string_view reverse_path, std::int64_t now, std::int64_t period) const;
    void note(std::string_view reverse_path, std::int64_t now);
    /// What is older than a period is forgotten.
    void forget(std::int64_t now, std::int64_t period);

    static std::string line(std::string_view reverse_path, std::int64_t now);
    std::size_t size() const { return entries_.size(); }
    bool operator==(const Answered&) const = default;

private:
    struct Entry {
        std::int64_t when = 0;
        std::string address;  // in lower case
        bool operator==(const Entry&) const = default;
    };
    std::vector<Entry> entries_;
};

}  // namespace vacation
