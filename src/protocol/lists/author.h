#pragma once
// The author of a posting, where a list that changed it sends it on in its own name: "Ann via Development"
// <dev@l.example>, as RFC 7960 §4.1.3.3 describes the custom. And whether that is needed: RFC 9989 §4.10.1.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/check.h"
#include "dns/answer.h"
#include "lists/settings.h"

namespace lists {

/// Whether the domain of any author wants mail that is not proved to be its own quarantined or rejected: what is
/// published counts, in test mode (t=y) too. A From that cannot be read, or may be read where there is none, counts as
/// one that wants it: others may see a domain there.
///
///   Protection protection(header);
///   while (auto question = protection.question()) protection.answer(ask(*question));
///   protection.result()
class Protection {
public:
    explicit Protection(std::string_view header);

    /// The lookup needed next; nothing once result() is final.
    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);

    enum class Result : std::uint8_t { No, Yes, Unknown };  // Unknown: the DNS does not answer
    Result result() const { return result_; }

private:
    void proceed();

    std::vector<std::string> domains_;  // still to be looked at
    std::optional<dmarc::Check> check_;
    std::optional<dns::Question> question_;
    Result result_ = Result::No;
};

/// From becomes the list's; each From that was there X-Original-From. Answers reach the author: by Reply-To, unless it
/// is there already and names anybody but the list, names nobody or cannot be read, or unless there would be more than
/// ten addresses in it. What is no field and may be read as From goes. All other fields stay octet for octet.
void rewrite_author(std::string& message, const List& list);

}  // namespace lists
