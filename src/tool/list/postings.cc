// Postings: judged, held for moderators, and sent to one member after the other.
#include <fmt/format.h>

#include "crypto/digest.h"
#include "lang/try.h"
#include "list/desk.h"
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

Desk::Done<> Desk::distribute(const listbook::Entry& entry, const listbook::Posting& posting,
                              std::string_view message) {
    // The same posting may be here twice at once: sent to two of the list's addresses, or accepted by two moderators.
    const auto lock = around_.lock ? around_.lock(entry.id) : file::Descriptor();
    const auto current = TRY(told(database_.posting(entry.id, posting.id)));
    if (!current || current->state != State::Sending) return {};
    const auto passed = mime::delivered_to_field(address_of(entry.list)) + lists::passed_on(message);
    for (auto progress = current->progress;;) {
        const auto members = TRY(told(database_.members(entry.id, progress, posting.last, members_at_a_time)));
        if (members.empty()) return told(database_.finish(posting.id));
        for (const auto& member : members) {
            TRY(send_copy(entry, member, passed));
            TRY(told(database_.set_progress(posting.id, member.id)));
            progress = member.id;
        }
    }
}

Desk::Done<> Desk::send_copy(const listbook::Entry& entry, const listbook::Member& member, std::string_view passed) {
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
         .text = passed});
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
