#pragma once
// What a list writes itself: to those who join and leave, to moderators, to members whose mail comes back. Whole
// messages (mime/letter.h), marked as a program's (RFC 3834 §5) and as the list's, so that nobody's program answers.

#include <cstdint>
#include <string>
#include <string_view>

#include "lists/address.h"
#include "lists/settings.h"
#include "mime/date.h"

namespace lists {

/// Whom, when, and what it answers.
struct Occasion {
    std::string to;
    mime::Date date;
    std::string message_id;          // without <>
    std::string_view original = {};  // the message that is answered, its header at least; may be empty
};

/// "dev-confirm+TOKEN@example.org"
std::string address_with(const List& list, Verb verb, std::string_view argument = {});

enum class Wish : std::uint8_t { Subscribe, Unsubscribe };
std::string confirmation_request(const List& list, const Occasion& occasion, Wish wish, std::string_view token);
std::string welcome(const List& list, const Occasion& occasion, std::string_view unsubscribe_token);
std::string goodbye(const List& list, const Occasion& occasion);
std::string help(const List& list, const Occasion& occasion);
std::string not_a_member(const List& list, const Occasion& occasion);
std::string subscription_closed(const List& list, const Occasion& occasion);
std::string rejected(const List& list, const Occasion& occasion);

/// With the message itself; answered by mail to list-accept or list-reject with the token.
std::string moderation_request(const List& list, const Occasion& occasion, std::string_view message,
                               std::string_view reason, std::string_view token, std::string_view boundary);

std::string warning(const List& list, const Occasion& occasion, std::uint32_t bounces);
std::string probe(const List& list, const Occasion& occasion, std::uint32_t bounces);
/// To the owners: somebody is no member any more, because the probe came back.
std::string dropped(const List& list, const Occasion& occasion, std::string_view member);

}  // namespace lists
