#pragma once
// What a list is, apart from its members: how it is called, who may write to it, and who may join.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lists {

enum class Posting : std::uint8_t { Anyone, Members, Nobody };  // without a moderator's consent
enum class Others : std::uint8_t { Hold, Reject };              // what becomes of other postings
enum class Subscription : std::uint8_t { Open, Closed };        // by mail, confirmed; or by the administrator alone

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
    std::string secret;                             // of its tokens

    bool operator==(const List&) const = default;
};

inline std::string address_of(const List& list) { return list.name + "@" + list.domain; }

}  // namespace lists
