#include "lists/letters.h"

#include <fmt/format.h>

#include <algorithm>

#include "lists/posting.h"
#include "mime/encode.h"
#include "mime/header.h"
#include "mime/letter.h"
#include "mime/trace.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace lists {
namespace {

constexpr std::size_t longest_shown = 200;

mime::Letter letter_for(const List& list, const Occasion& occasion, std::string subject, std::string body) {
    auto thread = mime::thread_of(occasion.original.substr(0, mime::divide(occasion.original).header));
    mime::Letter letter{.from = {list.description, address_with(list, Verb::Request)},
                        .to = occasion.to,
                        .reply_to = {},
                        .subject = std::move(subject),
                        .body = std::move(body),
                        .date = occasion.date,
                        .message_id = occasion.message_id,
                        .in_reply_to = std::move(thread.in_reply_to),
                        .references = std::move(thread.references),
                        .more_fields = {}};
    if (letter.in_reply_to.empty()) letter.auto_submitted = "auto-generated";
    letter.more_fields.push_back(mime::fold_field("List-Id", list_id(list)));
    letter.more_fields.push_back("Precedence: bulk\r\n");
    return letter;
}

std::string about(const List& list) {
    const auto address = address_of(list);
    return fmt::format("\n-- \n{}\nTo join:   {}\nTo leave:  {}\nThe owner: {}\n", address,
                       address_with(list, Verb::Subscribe), address_with(list, Verb::Unsubscribe),
                       address_with(list, Verb::Owner));
}

std::string shown(std::string_view text) { return text::escaped(text, longest_shown); }

std::string part_of_message(std::string_view message) {
    const bool is_8bit = !text::is_7bit(message);
    std::string part = "Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n";
    part += is_8bit ? "Content-Transfer-Encoding: 8bit\r\n\r\n" : "Content-Transfer-Encoding: 7bit\r\n\r\n";
    return part.append(message);
}

}  // namespace

std::string address_with(const List& list, Verb verb, std::string_view argument) {
    return to_text(Address{list.name, verb, std::string(argument)}) + "@" + list.domain;
}

std::string confirmation_request(const List& list, const Occasion& occasion, Wish wish, std::string_view token) {
    const bool joins = wish == Wish::Subscribe;
    auto letter = letter_for(
        list, occasion, fmt::format("Confirm: {} {}", joins ? "join" : "leave", address_of(list)),
        fmt::format("Somebody, probably you, asked that {} {} the list {}.\n\nIf that is so, answer this message, or "
                    "write to\n\n    {}\n\nwithin five days. If it is not, nothing has to be done.\n{}",
                    shown(occasion.to), joins ? "join" : "leave", address_of(list),
                    address_with(list, Verb::Confirm, token), about(list)));
    letter.reply_to = address_with(list, Verb::Confirm, token);
    return mime::to_text(letter);
}

std::string welcome(const List& list, const Occasion& occasion, std::string_view unsubscribe_token) {
    return mime::to_text(letter_for(
        list, occasion, fmt::format("Welcome to {}", address_of(list)),
        fmt::format(
            "{} is a member of the list {} now.\n\nWrite to {} to reach all members. To leave, write to\n\n    {}\n{}",
            shown(occasion.to), address_of(list), address_of(list),
            address_with(list, Verb::Unsubscribe, unsubscribe_token), about(list))));
}

std::string goodbye(const List& list, const Occasion& occasion) {
    return mime::to_text(letter_for(list, occasion, fmt::format("Goodbye from {}", address_of(list)),
                                    fmt::format("{} is no member of the list {} any longer.\n{}", shown(occasion.to),
                                                address_of(list), about(list))));
}

std::string help(const List& list, const Occasion& occasion) {
    return mime::to_text(letter_for(
        list, occasion, fmt::format("How to use {}", address_of(list)),
        fmt::format(
            "This is the program that keeps the list {}.\n\nWrite to {} with one of these words as Subject:\n\n"
            "    subscribe     to join\n    unsubscribe   to leave\n    help          for this text\n\nYou will be "
            "asked to confirm. A person is reached at {}.\n{}",
            address_of(list), address_with(list, Verb::Request), address_with(list, Verb::Owner), about(list))));
}

std::string not_a_member(const List& list, const Occasion& occasion) {
    return mime::to_text(letter_for(
        list, occasion, fmt::format("Not a member of {}", address_of(list)),
        fmt::format("{} is not a member of the list {}, so there is nothing to leave. If you are a member with another "
                    "address, write from there, or to the address in the List-Unsubscribe field of any posting.\n{}",
                    shown(occasion.to), address_of(list), about(list))));
}

std::string subscription_closed(const List& list, const Occasion& occasion) {
    return mime::to_text(
        letter_for(list, occasion, fmt::format("{} is closed", address_of(list)),
                   fmt::format("Only its owner can make somebody a member of the list {}. He is reached "
                               "at {}.\n{}",
                               address_of(list), address_with(list, Verb::Owner), about(list))));
}

std::string rejected(const List& list, const Occasion& occasion) {
    const auto subject = mime::thread_of(occasion.original.substr(0, mime::divide(occasion.original).header)).subject;
    return mime::to_text(letter_for(
        list, occasion, fmt::format("Not sent to {}", address_of(list)),
        fmt::format("A moderator of the list {} has decided not to pass on your message\n\n    Subject: {}\n{}",
                    address_of(list), shown(subject), about(list))));
}

std::string moderation_request(const List& list, const Occasion& occasion, std::string_view message,
                               std::string_view reason, std::string_view token, std::string_view boundary) {
    const auto thread = mime::thread_of(message.substr(0, mime::divide(message).header));
    auto letter = letter_for(list, occasion, fmt::format("Held for {}: {}", address_of(list), thread.subject), {});
    letter.in_reply_to.clear();
    letter.references.clear();
    letter.auto_submitted = "auto-generated";
    letter.reply_to = address_with(list, Verb::Owner);
    const auto text = fmt::format(
        "The message below waits for a moderator of {}, because {}.\r\n\r\nTo pass it on, write to\r\n\r\n    "
        "{}\r\n\r\nand to "
        "reject it, to\r\n\r\n    {}\r\n\r\nWithin ten days; then it is removed.\r\n",
        address_of(list), reason, address_with(list, Verb::Accept, token), address_with(list, Verb::Reject, token));
    const auto whole = mime::to_text(letter);
    // The fields of the letter, with a body of two parts in place of its empty one.
    auto header = std::string(std::string_view(whole).substr(0, whole.find("MIME-Version:")));
    header += fmt::format(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{0}\"\r\n\r\n--{0}\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n{1}\r\n--{0}\r\n",
        boundary, text);
    return header + part_of_message(message) + fmt::format("\r\n--{}--\r\n", boundary);
}

std::string warning(const List& list, const Occasion& occasion, std::uint32_t bounces) {
    return mime::to_text(letter_for(
        list, occasion, fmt::format("Mail from {} does not reach you", address_of(list)),
        fmt::format(
            "{} messages of the list {} to {} have come back in the last twelve days. If this one arrives, all is "
            "well again. If it comes back too, there will be one more attempt, and then the membership ends.\n{}",
            bounces, address_of(list), shown(occasion.to), about(list))));
}

std::string probe(const List& list, const Occasion& occasion, std::uint32_t bounces) {
    return mime::to_text(letter_for(
        list, occasion, fmt::format("Does mail from {} reach you?", address_of(list)),
        fmt::format("{} messages of the list {} to {} have come back, and so has a warning. If this message comes back "
                    "too, the membership ends. If it arrives, nothing has to be done.\n{}",
                    bounces, address_of(list), shown(occasion.to), about(list))));
}

std::string dropped(const List& list, const Occasion& occasion, std::string_view member) {
    return mime::to_text(letter_for(
        list, occasion, fmt::format("A member of {} cannot be reached", address_of(list)),
        fmt::format(
            "Mail to {} has come back for weeks, and so have a warning and a probe. It is no member of the list {} "
            "any longer.\n{}",
            shown(member), address_of(list), about(list))));
}

}  // namespace lists
