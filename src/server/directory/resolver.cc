#include "directory/resolver.h"

#include <algorithm>

#include "text/ascii.h"
#include "text/idna.h"

namespace directory {
namespace {

constexpr std::string_view postmaster_name = "postmaster";
constexpr std::uint32_t nobody = 65'534;

std::string canonical(const std::string& domain) { return text::to_a_labels(domain).value_or(text::lower(domain)); }

bool is_user_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && name.front() != '-' && name.front() != '.' &&
           std::ranges::all_of(name,
                               [](char c) { return text::is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_postmaster(const smtp::Mailbox& mailbox) {
    return text::equal_ignoring_case(mailbox.local_part, postmaster_name);
}

Resolved refused(const LookUp& asked, std::uint16_t code, std::string enhanced, std::string text) {
    return {.ticket = asked.ticket, .reply = {code, std::move(enhanced), std::move(text)}, .recipients = {}};
}

Resolved unknown_here(const LookUp& asked) { return refused(asked, 550, "5.1.1", "No such mailbox here"); }

Resolved not_now(const LookUp& asked) {
    return refused(asked, 451, "4.3.0", "Cannot look up this mailbox now, try again later");
}

Resolved accepted(const LookUp& asked, const smtp::Mailbox& mailbox, spool::Transport transport) {
    Resolved resolved{.ticket = asked.ticket, .reply = {250, "2.1.5", "Recipient ok"}, .recipients = {}};
    resolved.recipients.push_back({.smtp = {.address = smtp::to_text(mailbox)}, .transport = transport});
    return resolved;
}

// Mailboxes here are compared without regard to case, so one mailbox has one address from here on.
Resolved accepted_here(const LookUp& asked, smtp::Mailbox mailbox) {
    mailbox.local_part = text::lower(mailbox.local_part);
    return accepted(asked, mailbox, spool::Transport::Local);
}

Mailbox not_found(const FindMailbox& asked, Found found, std::string reason) {
    return {.ticket = asked.ticket, .found = found, .reason = std::move(reason)};
}

}  // namespace

Resolver::Resolver(const Config& config, Surroundings around, Users& users)
    : config_(config), around_(std::move(around)), users_(users), hostname_(canonical(config.hostname)) {
    system_domains_ = {hostname_, "localhost"};
    for (auto& [name, domain] : config_.domains) {
        const std::string key = canonical(name);
        if (domain.mailboxes.empty()) {
            system_domains_.insert(key);
            continue;
        }
        system_domains_.erase(key);
        // Checked before it came here; a list that is wrong all the same has no mailboxes.
        virtual_domains_[key] =
            site::parse_mailbox_list(domain.mailbox_list, domain.mailboxes).value_or(site::MailboxList());
        domain.mailbox_list = {};
    }
}

Resolver::Place Resolver::place_of(const smtp::Mailbox& mailbox) const {
    if (mailbox.literal) {
        const bool is_ours =
            std::ranges::find(around_.own_addresses, mailbox.literal->unmapped()) != around_.own_addresses.end();
        return {.kind = is_ours ? Kind::System : Kind::Foreign};
    }
    if (const auto listed = virtual_domains_.find(mailbox.domain); listed != virtual_domains_.end())
        return {.kind = Kind::Virtual, .list = &listed->second};
    return {.kind = system_domains_.contains(mailbox.domain) ? Kind::System : Kind::Foreign};
}

Resolved Resolver::resolve(const LookUp& asked) const {
    auto mailbox = smtp::parse_mailbox(asked.address, smtp::Utf8::Allowed);
    if (!mailbox)
        return {
            .ticket = asked.ticket, .reply = smtp::refusal(mailbox.error(), smtp::PathRole::Forward), .recipients = {}};
    const Place place = place_of(*mailbox);
    if (place.kind != Kind::Foreign) return resolve_local(asked, *mailbox, place);
    if (asked.may_relay) return accepted(asked, *mailbox, spool::Transport::Relay);
    return refused(asked, 550, "5.7.1", "We do not relay to " + mailbox->domain + " for you");
}

Resolved Resolver::resolve_local(const LookUp& asked, const smtp::Mailbox& mailbox, const Place& place) const {
    if (is_postmaster(mailbox)) return resolve_postmaster(asked, mailbox);
    if (place.kind == Kind::System) return resolve_user(asked, mailbox);
    const bool is_listed = place.list->contains(text::lower(mailbox.local_part) + "@" + mailbox.domain);
    return is_listed ? accepted_here(asked, mailbox) : unknown_here(asked);
}

Resolved Resolver::resolve_user(const LookUp& asked, const smtp::Mailbox& mailbox) const {
    const std::string name = text::lower(mailbox.local_part);
    if (!is_user_name(name)) return unknown_here(asked);
    const auto user = users_.find(name);
    if (!user) return not_now(asked);
    if (!*user) return unknown_here(asked);
    if ((*user)->uid == 0) return refused(asked, 550, "5.1.1", "Root does not receive mail here, write to postmaster");
    if ((*user)->uid < config_.local.least_uid || (*user)->uid == nobody) return unknown_here(asked);
    return accepted_here(asked, mailbox);
}

std::optional<smtp::Mailbox> Resolver::postmaster() const {
    const std::string& reader = config_.postmaster;
    if (reader.empty()) return std::nullopt;
    const bool is_address = reader.find('@') != std::string::npos;
    auto mailbox = smtp::parse_mailbox(is_address ? reader : reader + "@" + hostname_, smtp::Utf8::Allowed);
    if (!mailbox || is_postmaster(*mailbox)) return std::nullopt;  // postmaster's postmaster: the mailbox of that name
    return *std::move(mailbox);
}

// Postmaster is always accepted (RFC 5321 §4.5.1): for whoever is named to read it, else for a mailbox of that name,
// else for one of our own. So only trouble with the name service can be in the way.
Resolved Resolver::resolve_postmaster(const LookUp& asked, const smtp::Mailbox& mailbox) const {
    const auto reader = postmaster();
    if (!reader) return accepted_here(asked, mailbox);
    const Place read_at = place_of(*reader);
    if (read_at.kind == Kind::Foreign) return accepted(asked, *reader, spool::Transport::Relay);
    Resolved resolved = resolve_local(asked, *reader, read_at);
    if (resolved.reply.is_permanent()) return accepted_here(asked, mailbox);  // who is named does not exist
    return resolved;
}

Mailbox Resolver::find(const FindMailbox& asked) const {
    const auto mailbox = smtp::parse_mailbox(asked.address, smtp::Utf8::Allowed);
    if (!mailbox) return not_found(asked, Found::Unknown, "no address");
    const Place place = place_of(*mailbox);
    if (place.kind == Kind::Foreign) return not_found(asked, Found::Unknown, "the domain is not (or no longer) local");
    const std::string local_part = text::lower(mailbox->local_part);
    if (place.kind == Kind::Virtual) {
        const auto listed = place.list->find(local_part + "@" + mailbox->domain);
        if (listed != place.list->end()) return virtual_mailbox(asked, mailbox->domain, local_part, listed->second);
    } else {
        Mailbox found = user_mailbox(asked, *mailbox);
        if (found.found != Found::Unknown) return found;
    }
    if (is_postmaster(*mailbox)) return virtual_mailbox(asked, hostname_, local_part, 0);
    return not_found(asked, Found::Unknown, "no such mailbox here");
}

Mailbox Resolver::user_mailbox(const FindMailbox& asked, const smtp::Mailbox& mailbox) const {
    const std::string name = text::lower(mailbox.local_part);
    const auto user = is_user_name(name) ? users_.find(name) : Users::Answer(std::nullopt);
    if (!user) return not_found(asked, Found::Unavailable, "the users of this system cannot be looked up");
    const bool receives =
        *user && (*user)->uid >= config_.local.least_uid && (*user)->uid != 0 && (*user)->uid != nobody;
    if (!receives) return not_found(asked, Found::Unknown, "no such mailbox here");
    const bool is_maildir = config_.local.mailbox == site::MailboxFormat::Maildir;
    return {.ticket = asked.ticket,
            .found = Found::Yes,
            .user = (*user)->name,
            .uid = (*user)->uid,
            .gid = (*user)->gid,
            .home = (*user)->home,
            .path = is_maildir ? config_.local.maildir : config_.local.mbox,
            .format = is_maildir ? Format::Maildir : Format::Mbox,
            .quota_bytes = config_.local.quota,
            .quota_messages = config_.local.quota_messages,
            .reason = {}};
}

Mailbox Resolver::virtual_mailbox(const FindMailbox& asked, const std::string& domain, const std::string& local_part,
                                  std::uint64_t quota) const {
    const std::string& below = config_.mail_directory;
    return {.ticket = asked.ticket,
            .found = Found::Yes,
            .user = {},
            .uid = around_.virtual_uid,
            .gid = around_.virtual_gid,
            .home = below + (below.ends_with('/') ? "" : "/") + domain + "/" + local_part,
            .path = {},
            .format = Format::Maildir,
            .quota_bytes = quota ? quota : config_.local.quota,
            .quota_messages = config_.local.quota_messages,
            .reason = {}};
}

}  // namespace directory
