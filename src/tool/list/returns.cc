// What comes back to a list: counted for the member it was for (lists/health.h).
#include "lang/try.h"
#include "list/desk.h"
#include "lists/report.h"

namespace list {
namespace {

using lists::Remedy;
using lists::Verb;

// A warning comes back within the time a queue keeps it; twice that is enough.
constexpr std::int64_t token_days = 30;

}  // namespace

Desk::Done<> Desk::posting_returned(const Mail& mail) {
    if (!mail.sender.empty() || !lists::is_failure(mail.message)) return {};
    const auto whose = lists::parse_verp(mail.address.argument);
    if (!whose) return {};
    const auto* address = std::get_if<std::string>(&*whose);
    auto member = TRY(told(address ? database_.member(mail.entry.id, *address)
                                   : database_.member(mail.entry.id, std::get<std::int64_t>(*whose))));
    if (!member) return {};
    const auto what = posting_came_back(member->health, around_.now);
    TRY(remedy(mail.entry, *member, what));
    return told(database_.set_health(member->id, member->health));
}

Desk::Done<> Desk::letter_returned(const Mail& mail) {
    if (!mail.sender.empty() || !lists::is_failure(mail.message)) return {};
    const bool is_probe = mail.address.verb == Verb::Probed;
    auto member = TRY(member_of(mail, is_probe ? lists::Purpose::Probe : lists::Purpose::Warning));
    if (!member) return {};
    const auto what =
        is_probe ? probe_came_back(member->health, around_.now) : warning_came_back(member->health, around_.now);
    TRY(told(database_.set_health(member->id, member->health)));
    return remedy(mail.entry, *member, what);
}

Desk::Done<> Desk::remedy(const listbook::Entry& entry, const listbook::Member& member, Remedy what) {
    const auto& list = entry.list;
    const auto back_to = [&](Verb verb, lists::Purpose purpose) {
        return lists::address_with(list, verb, token(list, purpose, member.id, member.address, token_days));
    };
    switch (what) {
        case Remedy::None: return {};
        case Remedy::Warn:
            return send_letter(member.address, warning(list, occasion(member.address), member.health.bounces),
                               back_to(Verb::Warned, lists::Purpose::Warning));
        case Remedy::Probe:
            return send_letter(member.address, probe(list, occasion(member.address), member.health.bounces),
                               back_to(Verb::Probed, lists::Purpose::Probe));
        case Remedy::Drop: break;
    }
    static_cast<void>(TRY(told(database_.remove_member(entry.id, member.address))));
    for (const auto& owner : TRY(told(database_.people(entry.id, listbook::Role::Owner))))
        TRY(send_letter(owner, dropped(list, occasion(owner), member.address),
                        lists::address_with(list, Verb::Bounces)));
    return {};
}

}  // namespace list
