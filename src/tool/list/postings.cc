// Postings: judged, held for moderators, and sent to one member after the other.
#include <fmt/format.h>

#include "crypto/digest.h"
#include "lang/try.h"
#include "list/desk.h"
#include "lists/author.h"
#include "lists/footer.h"
#include "lists/subject.h"
#include "mime/automatic.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "text/hex.h"

namespace list {
namespace {

using lists::Verb;
using State = listbook::Posting::State;
using What = lists::Verdict::What;

constexpr std::int64_t members_at_a_time = 200;
constexpr std::int64_t longest_wait = 3'600;  // seconds, for the DNS

}  // namespace

/// The Received field on its top has the queue's number, so no two messages are the same, and one is always itself.
std::string Desk::key_of(const Mail& mail) const {
    return text::to_hex(crypto::digest(crypto::Digest::Sha256, mail.message));
}

Desk::Done<bool> Desk::is_by_member(const Mail& mail) {
    for (const auto& author : lists::authors_of(mail.header, mail.sender))
        if (TRY(told(database_.member(mail.entry.id, author)))) return true;
    return false;
}

Desk::Done<> Desk::post(const Mail& mail) {
    const auto key = key_of(mail);
    if (const auto known = TRY(told(database_.posting(mail.entry.id, key)))) {
        if (known->state == State::Sending) return distribute(mail.entry, *known, mail.message);
        if (known->state == State::Held && known->progress == 0) return hold(mail, key, "it was not told before");
        return {};
    }
    const bool is_by_member = TRY(this->is_by_member(mail));
    const auto verdict = judge(mail.list, {.header = mail.header,
                                           .reverse_path = mail.sender,
                                           .size = mail.message.size(),
                                           .author_is_member = is_by_member});
    switch (verdict.what) {
        case What::Discard: return {};
        case What::Reject: return std::unexpected(Outcome{100, verdict.reason});
        case What::Hold: return hold(mail, key, verdict.reason);
        case What::Distribute: break;
    }
    listbook::Posting posting;
    posting.sender = mail.sender;
    posting.last = TRY(told(database_.last_member(mail.entry.id)));
    return distribute(mail.entry, TRY(told(database_.add_posting(mail.entry.id, key, posting, around_.now))),
                      mail.message);
}

/// Hostile: a domain whose servers never answer must not keep its people's postings for ever, nor may mail come from a
/// list that will be refused for it: so it waits for a while, and then the list is its author. Nor may many of them
/// occupy those who deliver: where the queue comes again, what one question had no answer for is not asked on.
Desk::Done<bool> Desk::needs_rewriting(std::string_view header, std::int64_t came) {
    const bool may_wait = around_.now < came + longest_wait;
    lists::Protection protection(header);
    std::string reason;
    while (const auto& question = protection.question()) {
        const bool is_asked = around_.ask && (reason.empty() || !may_wait);
        const auto answer = is_asked ? around_.ask(*question) : dns::failed("it is not asked");
        if (!answer.is_usable() && reason.empty()) reason = fmt::format("{}: {}", to_text(*question), answer.reason);
        protection.answer(answer);
    }
    if (protection.result() == lists::Protection::Result::Unknown && may_wait)
        return std::unexpected(not_now("the DNS does not say whether the author's domain has DMARC: " + reason));
    return protection.result() != lists::Protection::Result::No;
}

Desk::Done<Desk::Copy> Desk::copy_of(const lists::List& list, const listbook::Posting& posting,
                                     std::string_view message) {
    Copy copy{.text = lists::passed_on(message)};
    const bool has_prefix = lists::add_subject_prefix(copy.text, list.subject_prefix);
    const bool has_footer = lists::add_footer(copy.text, list.footer, "=_" + around_.random());
    switch (list.rewrite_from) {
        case lists::RewriteFrom::Never: break;
        case lists::RewriteFrom::Always: copy.is_lists = true; break;
        case lists::RewriteFrom::WhenNeeded: {
            const auto header = message.substr(0, mime::divide(message).header);
            if (has_prefix || has_footer || lists::breaks_signature(header))
                copy.is_lists = TRY(needs_rewriting(header, posting.came));
        }
    }
    if (copy.is_lists) lists::rewrite_author(copy.text, list);
    copy.text.insert(0, mime::delivered_to_field(address_of(list)));
    return copy;
}

Desk::Done<> Desk::distribute(const listbook::Entry& entry, const listbook::Posting& posting,
                              std::string_view message) {
    const auto copy = TRY(copy_of(entry.list, posting, message));
    // The same posting may be here twice at once: sent to two of the list's addresses, or accepted by two moderators.
    const auto lock = around_.lock ? around_.lock(entry.id) : file::Descriptor();
    const auto current = TRY(told(database_.posting(entry.id, posting.id)));
    if (!current || current->state != State::Sending) return {};
    for (auto progress = current->progress;;) {
        const auto members = TRY(told(database_.members(entry.id, progress, posting.last, members_at_a_time)));
        if (members.empty()) return told(database_.finish(posting.id));
        for (const auto& member : members) {
            TRY(send_copy(entry, member, copy));
            TRY(told(database_.set_progress(posting.id, member.id)));
            progress = member.id;
        }
    }
}

Desk::Done<> Desk::send_copy(const listbook::Entry& entry, const listbook::Member& member, const Copy& copy) {
    auto health = member.health;
    const auto what = time_went_by(health, around_.now);
    if (health != member.health) {
        TRY(remedy(entry, {member.id, member.address, health, member.since}, what));
        TRY(told(database_.set_health(member.id, health)));
    }
    const auto& list = entry.list;
    const auto fields = lists::fields_on_top(list, token(list, lists::Purpose::Unsubscribe, member.id, member.address));
    return send(
        {.reverse_path = lists::address_with(list, Verb::Bounces, lists::to_verp(member.address, member.id, list.name)),
         .recipients = {member.address},
         .text_before = fields,
         .text = copy.text,
         .is_lists = copy.is_lists});
}

Desk::Done<> Desk::hold(const Mail& mail, const std::string& key, const std::string& reason) {
    auto known = TRY(told(database_.posting(mail.entry.id, key)));
    if (!known) {
        if (TRY(told(database_.count_held(mail.entry.id))) >= listbook::Database::most_held)
            return std::unexpected(Outcome{100, "Too many messages wait for the moderators of this list"});
        listbook::Posting posting;
        posting.state = State::Held;
        posting.sender = mail.sender;
        posting.message = mail.message;
        known = TRY(told(database_.add_posting(mail.entry.id, key, posting, around_.now)));
    }
    auto moderators = TRY(told(database_.people(mail.entry.id, listbook::Role::Moderator)));
    if (moderators.empty()) moderators = TRY(told(database_.people(mail.entry.id, listbook::Role::Owner)));
    const auto proof =
        token(mail.list, lists::Purpose::Moderate, known->id, address_of(mail.list), listbook::Database::held_days);
    const auto boundary = "=_" + around_.random();
    for (const auto& moderator : moderators)
        TRY(send_letter(moderator,
                        moderation_request(mail.list, occasion(moderator), mail.message, reason, proof, boundary),
                        lists::address_with(mail.list, Verb::Bounces)));
    return told(database_.set_progress(known->id, 1));
}

Desk::Done<> Desk::moderate(const Mail& mail) {
    const auto proof = lists::parse_token(mail.address.argument);
    // An answer of the moderator's vacation is no decision.
    if (!proof || lists::is_over(*proof, around_.now) || !is_answered(mail)) return {};
    if (!is_genuine(mail.list.secret, lists::Purpose::Moderate, *proof, address_of(mail.list))) return {};
    auto posting = TRY(told(database_.posting(mail.entry.id, std::int64_t{proof->number})));
    if (!posting || posting->state == State::Done) return {};
    if (mail.address.verb == Verb::Reject) return posting->state == State::Held ? reject(mail, *posting) : Done<>();
    if (posting->state == State::Held) {
        posting->state = State::Sending;
        posting->progress = 0;
        posting->last = TRY(told(database_.last_member(mail.entry.id)));
        TRY(told(database_.set_state(posting->id, posting->state, posting->last)));
    }
    return distribute(mail.entry, *posting, posting->message);
}

Desk::Done<> Desk::reject(const Mail& mail, const listbook::Posting& held) {
    TRY(told(database_.finish(held.id)));
    const auto header = std::string_view(held.message).substr(0, mime::divide(held.message).header);
    if (!mime::may_answer(header, held.sender)) return {};
    return send_letter(held.sender, lists::rejected(mail.list, occasion(held.sender, header)));
}

}  // namespace list
