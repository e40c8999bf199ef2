#pragma once
// What a list is, apart from its members: how it is called, who may write to it, and who may join.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lists {

enum class Posting : std::uint8_t { Anyone, Members, Nobody };  // without a moderator's consent
enum class Others : std::uint8_t { Hold, Reject };              // what becomes of other postings
enum class Subscription : std::uint8_t { Open, Closed };        // by mail, confirmed; or by the administrator alone
/// Whether From becomes the list's own address: where the list has changed a message whose author's domain wants such
/// mail quarantined or rejected (DMARC, RFC 9989), always, or never.
enum class RewriteFrom : std::uint8_t { WhenNeeded, Always, Never };

template <typename Enum>
struct Choice {
    std::string_view name;
    Enum value;
};
constexpr std::array<Choice<Posting>, 3> choices(Posting) {
    return {{{"anyone", Posting::Anyone}, {"members", Posting::Members}, {"moderated", Posting::Nobody}}};
}
constexpr std::array<Choice<Others>, 2> choices(Others) {
    return {{{"hold", Others::Hold}, {"reject", Others::Reject}}};
}
constexpr std::array<Choice<Subscription>, 2> choices(Subscription) {
    return {{{"open", Subscription::Open}, {"closed", Subscription::Closed}}};
}
constexpr std::array<Choice<RewriteFrom>, 3> choices(RewriteFrom) {
    return {{{"when_needed", RewriteFrom::WhenNeeded}, {"always", RewriteFrom::Always}, {"never", RewriteFrom::Never}}};
}
template <typename Enum>
constexpr std::string_view name_of_choice(Enum value) {
    for (const auto& choice : choices(value))
        if (choice.value == value) return choice.name;
    return {};
}

struct List {
    std::string name;    // local part, lower case
    std::string domain;  // A-labels
    std::string description;
    Posting posting = Posting::Members;
    Others others = Others::Hold;
    Subscription subscription = Subscription::Open;
    std::uint64_t message_size = 10 * 1024 * 1024;  // octets of a posting, at most
    std::string unsubscribe_url;                    // https, "{token}" in it is replaced; empty: none
    std::string subject_prefix;                     // "[dev]", UTF-8, one line; empty: subjects stay as they are
    std::string footer;                             // UTF-8, lines that end in LF; empty: bodies stay as they are
    RewriteFrom rewrite_from = RewriteFrom::WhenNeeded;
    std::string secret;  // of its tokens

    bool operator==(const List&) const = default;
};

constexpr std::size_t longest_subject_prefix = 40;  // octets: one encoded word, and one line
constexpr std::size_t longest_footer = 4000;
constexpr std::size_t longest_footer_line = 200;

/// One line of text that begins and ends with none but graphic characters; or empty.
bool is_subject_prefix(std::string_view text);
/// Text in lines of reasonable length; or empty.
bool is_footer(std::string_view text);

inline std::string address_of(const List& list) { return list.name + "@" + list.domain; }

}  // namespace lists
