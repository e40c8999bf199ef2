#include "directory/resolver.h"

#include <algorithm>
#include <utility>

#include "text/ascii.h"
#include "text/idna.h"

namespace directory {
namespace {

using addressing::Existence;

constexpr std::string_view postmaster_name = "postmaster";
constexpr std::uint32_t nobody = 65'534;
constexpr int most_names_of_a_domain = 10;

bool is_user_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && name.front() != '-' && name.front() != '.' &&
           std::ranges::all_of(name,
                               [](char c) { return text::is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_postmaster(const smtp::Mailbox& mailbox) {
    return text::equal_ignoring_case(mailbox.local_part, postmaster_name);
}

/// Lists and texts go into the book; they are not kept twice.
addressbook::Sources sources_of(Config& config, const Surroundings& around) {
    return {.hostname = config.hostname,
            .postmaster = config.postmaster,
            .domains = std::exchange(config.domains, {}),
            .addressing = std::exchange(static_cast<site::Addressing&>(config), {}),
            .own_addresses = around.own_addresses};
}

Resolved refused(const LookUp& asked, smtp::Reply reply) {
    return {.ticket = asked.ticket, .reply = std::move(reply), .recipients = {}};
}

constexpr std::string_view no_alias_user = "Programs and files of aliases are not allowed here (local.alias_user)";

std::string key_of(const smtp::Mailbox& address) { return text::lower(smtp::to_text(address)); }

// Mailboxes here are compared without regard to case, so one mailbox has one address from here on.
spool::Recipient recipient_of(const addressing::Delivery& delivery) {
    auto address = delivery.address;
    const bool is_remote = delivery.kind == addressing::Delivery::Kind::Relay;
    if (!is_remote) address.local_part = text::lower(address.local_part);
    const bool has_target = addressing::is_target(delivery);
    return {.smtp = {.address = smtp::to_text(address)},
            .transport = is_remote    ? spool::Transport::Relay
                         : has_target ? spool::Transport::Target
                                      : spool::Transport::Local,
            .target = has_target ? addressing::target_text(delivery) : "",
            .sender = delivery.sender};
}

/// By the names that the book has for their domains.
std::vector<std::pair<std::string, Instructions>> allowed_instructions(const site::Domains& domains) {
    std::vector<std::pair<std::string, Instructions>> allowed;
    for (const auto& [name, domain] : domains) {
        if (domain.instructions == site::Instructions::None) continue;
        const std::string_view suffix = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
        allowed.emplace_back(
            (name.starts_with('.') ? "." : "") + text::to_a_labels(suffix).value_or(std::string(suffix)),
            domain.instructions == site::Instructions::Qmail ? Instructions::Qmail : Instructions::Forward);
    }
    return allowed;
}

Mailbox not_found(const FindMailbox& asked, Found found, std::string reason) {
    return {.ticket = asked.ticket, .found = found, .reason = std::move(reason)};
}

}  // namespace

Resolver::Resolver(Config config, Surroundings around, Users& users)
    : config_(std::move(config)),
      allowed_(allowed_instructions(config_.domains)),
      around_(std::move(around)),
      users_(users),
      configured_(sources_of(config_, around_), [this](std::string_view name) { return exists(name); }),
      lists_(site::lists_folder(config_)),
      book_(configured_, around_.records ? *around_.records : no_records_, &lists_) {
    for (const auto& [name, instructions] : std::exchange(allowed_, {}))
        if (const auto found = configured_.domains().find(name); found != configured_.domains().end())
            instructions_.emplace(&found->second, instructions);
}

bool Resolver::receives(const User& user) const {
    return user.uid >= config_.local.least_uid && user.uid != 0 && user.uid != nobody;
}

Existence Resolver::exists(std::string_view name) const {
    if (name == postmaster_name) return Existence::Yes;  // if not as a user, then as a mailbox of our own
    if (!is_user_name(name)) return Existence::No;
    const auto user = users_.find(std::string(name));
    if (!user) return Existence::Unknown;
    return *user && receives(**user) ? Existence::Yes : Existence::No;
}

bool Resolver::is_ours(std::string_view address) const {
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!mailbox || mailbox->literal) return false;
    return mailbox->domain == book_.rules().hostname || static_cast<bool>(book_.domain(mailbox->domain));
}

/// What comes back to a sender that we rewrote is for the one that it was.
addressing::Resolution Resolver::explain(const smtp::Mailbox& address) const {
    auto resolution = follow(address);
    if (!is_reflected(address, resolution)) return resolution;
    resolution.reply = {250, "2.1.5", "Recipient ok"};
    resolution.deliveries.clear();
    resolution.steps.push_back(
        {smtp::to_text(address), "an address of reflector.address: answered, and thrown away", {}});
    return resolution;
}

addressing::Resolution Resolver::follow(const smtp::Mailbox& address) const {
    const bool may_be = around_.rewriting && srs::is_rewritten(address.local_part) &&
                        (address.domain == around_.rewriting->domain() || is_ours(smtp::to_text(address)));
    auto back = may_be ? around_.rewriting->way_back(address) : std::nullopt;
    if (!back) return addressing::resolve(book_, book_.rules(), address);
    addressing::Resolution resolution;
    if (*back)
        resolution = addressing::resolve(book_, book_.rules(), **back);
    else
        resolution.reply = back->error();
    resolution.is_foreign = false;  // whoever could sign it has decided that
    for (auto& visit : resolution.visits) ++visit.step;
    resolution.steps.insert(resolution.steps.begin(),
                            {smtp::to_text(address),
                             *back ? "a sender that we rewrote: leads back to " + smtp::to_text(**back)
                                   : "looks like a sender that we rewrote",
                             {}});
    return resolution;
}

Resolved Resolver::resolve(const LookUp& asked) const {
    const auto mailbox = smtp::parse_mailbox(asked.address, smtp::Utf8::Allowed);
    if (!mailbox) return refused(asked, smtp::refusal(mailbox.error(), smtp::PathRole::Forward));
    auto resolution = follow(*mailbox);
    if (resolution.is_foreign && !asked.may_relay)
        return refused(asked, {550, "5.7.1", "We do not relay to " + mailbox->domain + " for you"});
    // Postmaster is always accepted (RFC 5321 §4.5.1), whatever the aliases say.
    if (resolution.reply.is_permanent() && is_postmaster(*mailbox)) return postmaster(asked);
    // Nobody's mailbox: policyd answers what strangers bring for it.
    const bool is_reflectors = is_reflected(*mailbox, resolution);
    if (is_reflectors && asked.may_relay)
        return refused(asked,
                       {550, "5.7.1", "This address answers what other servers bring; write to it from elsewhere"});
    if (is_reflectors)
        return {.ticket = asked.ticket,
                .reply = {250, "2.1.5", "Recipient ok"},
                .recipients = {{.smtp = {.address = smtp::to_text(*mailbox)}, .transport = spool::Transport::Discard}}};
    const bool is_nothing_else = std::ranges::all_of(resolution.deliveries, addressing::is_target);
    if (resolution.reply.is_positive() && is_nothing_else && config_.local.alias_user.empty())
        return refused(asked, {550, "5.3.5", std::string(no_alias_user)});
    Resolved resolved{.ticket = asked.ticket, .reply = std::move(resolution.reply), .recipients = {}};
    const auto canonical = smtp::to_text(*mailbox);
    for (const auto& delivery : resolution.deliveries) {
        resolved.recipients.push_back(recipient_of(delivery));
        auto& recipient = resolved.recipients.back();
        if (!text::equal_ignoring_case(recipient.smtp.address, canonical)) recipient.asked = asked.address;
    }
    return resolved;
}

bool Resolver::is_reflected(const smtp::Mailbox& address, const addressing::Resolution& resolution) const {
    if (!resolution.reply.is_permanent() || resolution.is_foreign || is_postmaster(address)) return false;
    return std::ranges::any_of(config_.reflector.address, [&](const std::string& one) {
        const auto reflector = smtp::parse_mailbox(one, smtp::Utf8::Refused);
        return reflector && text::equal_ignoring_case(smtp::to_text(*reflector), smtp::to_text(address));
    });
}

Resolved Resolver::postmaster(const LookUp& asked) const {
    const smtp::Mailbox own{
        .local_part = std::string(postmaster_name), .domain = book_.rules().hostname, .literal = {}};
    return {.ticket = asked.ticket,
            .reply = {250, "2.1.5", "Recipient ok"},
            .recipients = {{.smtp = {.address = smtp::to_text(own)}, .transport = spool::Transport::Local}}};
}

std::expected<std::optional<std::string>, Unavailable> Resolver::account_of(const std::string& address) const {
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!mailbox || mailbox->literal) return std::nullopt;
    const auto resolution = addressing::resolve_mailbox(book_, book_.rules(), *mailbox);
    if (resolution.reply.is_temporary()) return std::unexpected(Unavailable{});
    if (resolution.deliveries.empty()) return std::nullopt;
    const auto& delivery = resolution.deliveries.front();
    if (delivery.kind != addressing::Delivery::Kind::Mailbox) return std::nullopt;
    const auto& account = delivery.account;
    // Hostile: each extension would be a name with tries of its own.
    const auto local_part = std::string_view(account).substr(0, account.rfind('@'));
    if (!text::equal_ignoring_case(local_part, mailbox->local_part)) return std::nullopt;
    if (const auto at = account.rfind('@'); at != account.npos) {
        const auto quota =
            book_.quota(local_part, std::string_view(account).substr(at + 1));  // a mailing list has none
        if (!quota) return std::unexpected(Unavailable{});
        return *quota ? std::optional(account) : std::nullopt;
    }
    const auto user = users_.find(account);  // or it is postmaster's, whom nobody is
    if (!user) return std::unexpected(Unavailable{});
    return *user && receives(**user) ? std::optional(account) : std::nullopt;
}

std::expected<bool, Unavailable> Resolver::is_for_users(std::string domain) const {
    for (int names = 0; names < most_names_of_a_domain; ++names) {
        const auto found = book_.domain(domain);
        if (found.is_unknown()) return std::unexpected(Unavailable{});
        if (!found || found->same_as.empty()) return found && found->has_users;
        domain = found->same_as;
    }
    return false;
}

// RFC 6409 §6.1
smtp::Reply Resolver::may_send(const std::string& account, const std::string& address) const {
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!mailbox) return smtp::refusal(mailbox.error(), smtp::PathRole::Reverse);
    const smtp::Reply yes(250, "2.1.0", "Sender ok");
    if (is_excepted(account, *mailbox)) return yes;
    const auto resolution = addressing::resolve(book_, book_.rules(), *mailbox);
    if (resolution.reply.is_temporary()) return {451, "4.3.0", "Senders cannot be looked up at the moment"};
    const bool is_own = std::ranges::any_of(resolution.deliveries, [&](const addressing::Delivery& delivery) {
        return delivery.kind == addressing::Delivery::Kind::Mailbox &&
               text::equal_ignoring_case(delivery.account, account);
    });
    if (is_own) return yes;
    return {553, "5.7.1", "You may not send in the name of " + smtp::to_text(*mailbox)};
}

bool Resolver::is_excepted(const std::string& account, const smtp::Mailbox& address) const {
    const auto domain = "@" + address.domain;
    for (const auto& key : {account, std::string("*")}) {
        const auto found = config_.submission.senders.find(key);
        if (found == config_.submission.senders.end()) continue;
        for (const auto& allowed : found->second)
            if (allowed == "*" || text::equal_ignoring_case(allowed, domain) ||
                text::equal_ignoring_case(allowed, smtp::to_text(address)))
                return true;
    }
    return false;
}

Mailbox Resolver::find(const FindMailbox& asked) const {
    const auto mailbox = smtp::parse_mailbox(asked.address, smtp::Utf8::Allowed);
    if (!mailbox) return not_found(asked, Found::Unknown, "no address");
    if (!asked.target.empty()) return find_target(asked, *mailbox);
    const auto resolution = addressing::resolve_mailbox(book_, book_.rules(), *mailbox);
    if (resolution.reply.is_temporary())
        return not_found(asked, Found::Unavailable, "who exists here cannot be looked up");
    if (resolution.deliveries.empty())
        return not_found(asked, Found::Unknown,
                         resolution.reply.enhanced == "5.2.1" ? "the mailbox is disabled" : "no such mailbox here");
    if (resolution.deliveries.front().kind != addressing::Delivery::Kind::Mailbox)
        return not_found(asked, Found::Unknown, "the domain is not (or no longer) local");
    return mailbox_of(asked, resolution.deliveries.front());
}

Mailbox Resolver::find_target(const FindMailbox& asked, const smtp::Mailbox& mailbox) const {
    const auto resolution = addressing::resolve(book_, book_.rules(), mailbox);
    if (resolution.reply.is_temporary()) return not_found(asked, Found::Unavailable, "the alias cannot be looked up");
    for (const auto& delivery : resolution.deliveries) {
        const bool is_it = addressing::is_target(delivery) && key_of(delivery.address) == key_of(mailbox) &&
                           addressing::target_text(delivery) == asked.target;
        if (is_it) return target_of(asked, delivery);
    }
    return not_found(asked, Found::Unknown, "the alias does not (or no longer) lead there");
}

/// Done as the user whom the administrator named, in a folder of his.
Mailbox Resolver::target_of(const FindMailbox& asked, const addressing::Delivery& delivery) const {
    const auto& name = config_.local.alias_user;
    if (name.empty()) return not_found(asked, Found::Unknown, std::string(no_alias_user));
    const auto user = users_.find(name);
    if (!user || !*user) return not_found(asked, Found::Unavailable, "local.alias_user cannot be looked up");
    if ((*user)->uid == 0 || (*user)->gid == 0)
        return not_found(asked, Found::Unavailable, "local.alias_user must not be root");
    auto mailbox = user_mailbox(asked, **user);
    mailbox.quota_bytes = mailbox.quota_messages = 0;
    if (delivery.kind == addressing::Delivery::Kind::Program) {
        mailbox.command = delivery.text;
        return mailbox;
    }
    const auto& folders = config_.local.alias_folders;
    const auto place = site::below(folders.empty() ? std::vector{(*user)->home} : folders, delivery.text);
    if (!place) return not_found(asked, Found::Unknown, "the alias names a file outside of local.alias_folders");
    mailbox.home = place->folder;
    mailbox.path = place->path;
    mailbox.format = delivery.kind == addressing::Delivery::Kind::Folder ? Format::Maildir : Format::Mbox;
    return mailbox;
}

/// An account is "ann", or "ann@virtual.example".
Mailbox Resolver::mailbox_of(const FindMailbox& asked, const addressing::Delivery& delivery) const {
    const auto& account = delivery.account;
    const auto at = account.rfind('@');
    if (at != std::string::npos) {
        const auto local_part = std::string_view(account).substr(0, at);
        const auto domain = std::string_view(account).substr(at + 1);
        const auto quota = book_.quota(local_part, domain);
        if (!quota) return not_found(asked, Found::Unavailable, "who exists here cannot be looked up");
        if (*quota) return virtual_mailbox(asked, domain, local_part, **quota);
        const auto is_list = book_.is_list(local_part, domain);
        if (!is_list) return not_found(asked, Found::Unavailable, "mailing lists cannot be looked up");
        if (*is_list) return list_mailbox(asked);
        return virtual_mailbox(asked, book_.rules().hostname, postmaster_name, 0);
    }
    const auto user = users_.find(account);
    if (!user) return not_found(asked, Found::Unavailable, "the users of this system cannot be looked up");
    if (!*user || !receives(**user)) return virtual_mailbox(asked, book_.rules().hostname, postmaster_name, 0);
    auto mailbox = user_mailbox(asked, **user);
    mailbox.instructions = asked.is_plain ? Instructions::None : instructions_at(delivery.address);
    mailbox.extension = delivery.extension;
    mailbox.has_extension = delivery.address.local_part.size() > account.size();  // "ann-" has an empty one
    return mailbox;
}

Instructions Resolver::instructions_at(const smtp::Mailbox& address) const {
    const auto* domain = configured_.find_domain(address.literal ? book_.rules().hostname : address.domain);
    // What belongs to a user has his name in front, and he says of it what he says of mail by the host's own name.
    if (domain && !domain->owner.empty()) domain = configured_.find_domain(book_.rules().hostname);
    const auto found = instructions_.find(domain);
    return found == instructions_.end() ? Instructions::None : found->second;
}

Mailbox Resolver::user_mailbox(const FindMailbox& asked, const User& user) const {
    const bool is_maildir = config_.local.mailbox == site::MailboxFormat::Maildir;
    return {.ticket = asked.ticket,
            .found = Found::Yes,
            .user = user.name,
            .uid = user.uid,
            .gid = user.gid,
            .home = user.home,
            .path = is_maildir ? config_.local.maildir : config_.local.mbox,
            .format = is_maildir ? Format::Maildir : Format::Mbox,
            .quota_bytes = config_.local.quota,
            .quota_messages = config_.local.quota_messages,
            .reason = {}};
}

/// Done as the user whose the lists are; which list it is, the recipient says.
Mailbox Resolver::list_mailbox(const FindMailbox& asked) const {
    const auto owner = lists_.owner();
    if (!owner) return not_found(asked, Found::Unavailable, "mailing lists: " + file::to_text(owner.error()));
    return {.ticket = asked.ticket,
            .found = Found::Yes,
            .user = "hermod-lists",
            .uid = owner->uid,
            .gid = owner->gid,
            .home = lists_.folder(),
            .path = "none",
            .reason = {},
            .is_list = true};
}

Mailbox Resolver::virtual_mailbox(const FindMailbox& asked, std::string_view domain, std::string_view local_part,
                                  std::uint64_t quota) const {
    std::string home = config_.mail_directory;
    if (!home.ends_with('/')) home += '/';
    home.append(domain).append("/").append(local_part);
    return {.ticket = asked.ticket,
            .found = Found::Yes,
            .user = {},
            .uid = around_.virtual_uid,
            .gid = around_.virtual_gid,
            .home = std::move(home),
            .path = {},
            .format = Format::Maildir,
            .quota_bytes = quota ? quota : config_.local.quota,
            .quota_messages = config_.local.quota_messages,
            .reason = {}};
}

}  // namespace directory
