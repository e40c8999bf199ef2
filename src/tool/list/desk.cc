#include "list/desk.h"

#include <fmt/format.h>

#include "lang/try.h"
#include "lists/command.h"
#include "mime/automatic.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "smtp/path.h"
#include "text/ascii.h"

namespace list {
namespace {

constexpr std::int64_t day = 86'400;

std::string subject_of(std::string_view header) {
    const auto field = mime::find_field(header, "Subject");
    return field ? mime::unfold(field->value) : std::string();
}

/// Who is meant by "me": the one author, else the envelope's sender.
std::string who_asks(std::string_view header, const std::string& sender) {
    const auto authors = lists::authors_of(header, sender);
    const auto& who = authors.size() == 2 ? authors.front() : sender;
    return smtp::parse_mailbox(who, smtp::Utf8::Allowed) ? who : sender;
}

}  // namespace

Outcome not_now(std::string text) { return {111, std::move(text)}; }

Outcome Desk::take(std::string_view address, std::string_view sender, std::string_view message) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return {100, "not an address"};
    const auto local_part = text::lower(address.substr(0, at));
    const auto domain = text::lower(address.substr(at + 1));
    lists::Address parsed;
    auto entry = find(local_part, domain, parsed);
    // An extension means nothing to a list.
    if (entry && !*entry && local_part.contains('+'))
        entry = find(local_part.substr(0, local_part.find('+')), domain, parsed);
    if (!entry) return entry.error();
    if (!*entry) return {100, fmt::format("There is no list {}", address)};
    // qmail's sender of a bounce's bounce is nobody either.
    const std::string from(sender == "#@[]" ? std::string_view() : sender);
    const Mail mail{.entry = **entry,
                    .list = (*entry)->list,
                    .address = std::move(parsed),
                    .sender = from,
                    .message = message,
                    .header = message.substr(0, mime::divide(message).header)};
    if (auto done = told(database_.forget(around_.now)); !done) return done.error();
    const auto done = deal_with(mail);
    return done ? Outcome() : done.error();
}

/// The list itself, or the one that the address is beside.
Desk::Done<std::optional<listbook::Entry>> Desk::find(const std::string& local_part, const std::string& domain,
                                                      lists::Address& parsed) {
    parsed = {local_part, lists::Verb::Post, {}};
    auto entry = TRY(told(database_.find(local_part, domain)));
    const auto beside = lists::parse_address(local_part);
    if (entry || !beside) return entry;
    parsed = *beside;
    return told(database_.find(parsed.list, domain));
}

Desk::Done<> Desk::deal_with(const Mail& mail) {
    using enum lists::Verb;
    switch (mail.address.verb) {
        case Post: return post(mail);
        case Request: return request(mail);
        case Subscribe: return wish(mail, lists::Wish::Subscribe);
        case Unsubscribe:
            return mail.address.argument.empty() ? wish(mail, lists::Wish::Unsubscribe) : unsubscribe_at_once(mail);
        case Confirm: return confirm(mail);
        case Owner: return to_owners(mail);
        case Bounces: return posting_returned(mail);
        case Warned:
        case Probed: return letter_returned(mail);
        case Accept:
        case Reject: return moderate(mail);
    }
    return {};
}

/// RFC 3834 §2: programs are not answered, and what they write confirms nothing.
bool Desk::is_answered(const Mail& mail) const {
    return mime::may_answer(mail.header, mail.sender) && !mime::has_delivered_to(mail.header, address_of(mail.list));
}

Desk::Done<> Desk::request(const Mail& mail) {
    switch (lists::parse_command(subject_of(mail.header))) {
        case lists::Command::Subscribe: return wish(mail, lists::Wish::Subscribe);
        case lists::Command::Unsubscribe: return wish(mail, lists::Wish::Unsubscribe);
        case lists::Command::Help: break;
    }
    if (!is_answered(mail)) return {};
    // Hostile: asked for in somebody else's name, again and again.
    if (!TRY(told(database_.may_send_help(mail.entry.id, mail.sender, around_.now)))) return {};
    auto sent = send_letter(mail.sender, lists::help(mail.list, occasion(mail.sender, mail.header)));
    if (!sent) static_cast<void>(database_.forget_help(mail.entry.id, mail.sender));  // the next attempt sends it
    return sent;
}

/// Hostile: anybody can write in anybody's name. Nothing happens before the one who is meant has confirmed it.
Desk::Done<> Desk::wish(const Mail& mail, lists::Wish wish) {
    if (!is_answered(mail)) return {};
    const auto who = who_asks(mail.header, mail.sender);
    const bool joins = wish == lists::Wish::Subscribe;
    const bool is_member = TRY(told(database_.member(mail.entry.id, who))).has_value();
    const auto number = TRY(told(database_.add_request(mail.entry.id, wish, who, around_.now)));
    if (!number) return {};
    const auto about = occasion(who, mail.header);
    if (joins && mail.list.subscription == lists::Subscription::Closed)
        return send_letter(who, lists::subscription_closed(mail.list, about));
    if (!joins && !is_member) return send_letter(who, lists::not_a_member(mail.list, about));
    const auto proof = token(mail.list, lists::Purpose::Confirm, *number, who, listbook::Database::request_days);
    auto sent = send_letter(who, lists::confirmation_request(mail.list, about, wish, proof));
    // The next attempt asks again.
    if (!sent) static_cast<void>(database_.remove_request(*number));
    return sent;
}

Desk::Done<> Desk::confirm(const Mail& mail) {
    const auto proof = lists::parse_token(mail.address.argument);
    if (!proof || lists::is_over(*proof, around_.now) || !is_answered(mail)) return {};
    const auto asked = TRY(told(database_.request(mail.entry.id, proof->number)));
    if (!asked || !is_genuine(mail.list.secret, lists::Purpose::Confirm, *proof, asked->address)) return {};
    if (asked->wish == lists::Wish::Subscribe) {
        if (mail.list.subscription == lists::Subscription::Open) TRY(admit(mail, asked->address));
    } else {
        TRY(dismiss(mail, asked->address));
    }
    return told(database_.remove_request(asked->id));
}

Desk::Done<> Desk::admit(const Mail& mail, const std::string& address) {
    if (text::equal_ignoring_case(address, address_of(mail.list))) return {};  // a list is no member of itself
    if (!TRY(told(database_.add_member(mail.entry.id, address, around_.now)))) return {};
    const auto member = TRY(told(database_.member(mail.entry.id, address)));
    if (!member) return {};
    return send_letter(address, lists::welcome(mail.list, occasion(address, mail.header),
                                               token(mail.list, lists::Purpose::Unsubscribe, member->id, address)));
}

Desk::Done<> Desk::dismiss(const Mail& mail, const std::string& address) {
    if (!TRY(told(database_.remove_member(mail.entry.id, address)))) return {};
    return send_letter(address, lists::goodbye(mail.list, occasion(address, mail.header)));
}

/// The address in List-Unsubscribe: whoever has it has read a posting to that member. So even a program may use it.
Desk::Done<> Desk::unsubscribe_at_once(const Mail& mail) {
    const auto member = TRY(member_of(mail, lists::Purpose::Unsubscribe));
    return member ? dismiss(mail, member->address) : Done<>();
}

Desk::Done<> Desk::to_owners(const Mail& mail) {
    const auto owners = TRY(told(database_.people(mail.entry.id, listbook::Role::Owner)));
    if (owners.empty()) return std::unexpected(Outcome{100, "The list has no owner"});
    const auto here = lists::address_with(mail.list, lists::Verb::Owner);
    if (mime::has_delivered_to(mail.header, here)) return {};
    // What cannot be delivered comes to nobody: the owner's mailbox is the owner's affair.
    return send({.reverse_path = mail.sender.empty() ? "" : lists::address_with(mail.list, lists::Verb::Bounces),
                 .recipients = owners,
                 .text_before = mime::delivered_to_field(here),
                 .text = mail.message});
}

Desk::Done<std::optional<listbook::Member>> Desk::member_of(const Mail& mail, lists::Purpose purpose) {
    const auto proof = lists::parse_token(mail.address.argument);
    if (!proof || lists::is_over(*proof, around_.now)) return std::nullopt;
    auto member = TRY(told(database_.member(mail.entry.id, std::int64_t{proof->number})));
    if (!member || !is_genuine(mail.list.secret, purpose, *proof, member->address)) return std::nullopt;
    return member;
}

Desk::Done<> Desk::send(const Departure& departure) {
    if (auto sent = around_.send(departure); !sent) return std::unexpected(not_now(std::move(sent).error()));
    return {};
}

Desk::Done<> Desk::send_letter(const std::string& to, std::string_view text, const std::string& reverse_path) {
    return send({.reverse_path = reverse_path, .recipients = {to}, .text_before = {}, .text = text, .is_lists = true});
}

lists::Occasion Desk::occasion(std::string to, std::string_view original) {
    return {.to = std::move(to),
            .date = {around_.now, 0},
            .message_id = around_.random() + "@" + around_.hostname,
            .original = original};
}

std::string Desk::token(const lists::List& list, lists::Purpose purpose, std::int64_t number, std::string_view about,
                        std::int64_t days) const {
    const auto last_day = days == 0 ? 0 : static_cast<std::uint32_t>(around_.now / day + days);
    return to_text(lists::make_token(list.secret, purpose, static_cast<std::uint32_t>(number), last_day, about));
}

}  // namespace list
