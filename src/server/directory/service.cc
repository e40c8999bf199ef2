#include "directory/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <span>

#include "config/quantity.h"
#include "directory/chance.h"
#include "ip/prefix.h"
#include "lang/overloaded.h"
#include "lang/wiping.h"
#include "reader/inbox.h"
#include "text/ascii.h"

namespace directory {
namespace {

constexpr std::size_t most_unread = 1024 * 1024;  // answers that wait for one who asks

std::uint64_t seconds_until(clocks::Steady end, clocks::Steady now) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(end - now).count());
}

constexpr std::size_t most_in_a_message = 1000;

template <typename Link>
void tell_door(Link& link, std::span<const Ban> bans, bool anew, clocks::Steady now) {
    do {  // also where there is nobody: those before are let in
        smtpd::Bars message{.anew = std::exchange(anew, false), .bars = {}};
        for (const auto& ban : bans.first(std::min(bans.size(), most_in_a_message)))
            message.bars.push_back({ip::to_text(ban.network), seconds_until(ban.until, now)});
        bans = bans.subspan(message.bars.size());
        link.send(message);
    } while (!bans.empty());
}

Purpose purpose_of(process::Role asker) { return asker == process::Role::Pop3d ? Purpose::Pop3 : Purpose::Submission; }

}  // namespace

void Service::connect(process::Peer peer) {
    const Name name(peer.role, peer.index);
    if (peer.role == process::Role::Reader) return connect_reader(std::move(peer.socket));
    if (peer.role == process::Role::Deliver)
        connect_finder(name, std::move(peer.socket));
    else if (peer.role == process::Role::Admind)
        connect_admin(name, std::move(peer.socket));
    else
        connect_asker(name, std::move(peer.socket));
}

void Service::connect_asker(Name name, file::Descriptor socket) {
    logins_.forget(name);  // its predecessor's clients are gone
    const Whom whom{name, ++last_connection_};
    auto& connected = askers_[name];
    connected.connection = whom.connection;
    connected.link = std::make_unique<Asker>(
        context_, std::move(socket),
        Asker::Handlers{.on_message = [this, whom](FromSmtpd message) { answer(whom, std::move(message)); },
                        .on_gone = [this, name](const std::string& why) { lost(name, why); }});
    connected.link->hold_back_at(most_unread);
    const auto now = clock_.steady();
    if (const auto shut_out = bars(now); name.first == process::Role::Smtpd && !shut_out.empty())
        tell_door(*connected.link, shut_out, true, now);
}

void Service::look_up(const LookUp& asked, std::function<void(const Resolved&)> tell) {
    inquiries_.settle<Resolved>([this, asked] { return resolver_->resolve(asked); }, std::move(tell));
}

void Service::answer(Whom whom, FromSmtpd message) {
    using process::Role;
    const auto role = whom.name.first;
    const auto* asked = std::get_if<LookUp>(&message);
    if (asked && role != Role::Pop3d)
        return inquiries_.settle<Resolved>([this, asked = *asked] { return resolver_->resolve(asked); },
                                           [this, whom, asked = *asked](const Resolved& resolved) {
                                               if (asked.stranger && whom.name.first == Role::Smtpd)
                                                   note_recipient(asked, resolved.reply);
                                               settle_senders(whom, asked, resolved);
                                           });
    if (const auto* early = std::get_if<TalkedEarly>(&message)) {
        if (role == Role::Smtpd) misbehaved(Misdeed::EarlyTalk, early->client);
        return;
    }
    // Hostile: nobody logs in to pickup or qmgr, nobody sends through pop3d.
    const bool sends = std::holds_alternative<MaySend>(message);
    if (role == Role::Smtpd || (role == Role::Pop3d && !sends)) answer_login(whom, std::move(message));
}

void Service::settle_senders(Whom whom, const LookUp& asked, const Resolved& resolved) {
    if (!forwards_ || !sends_on(asked, resolved)) return tell(whom, resolved);
    forwards_->settle(resolver_->rewriting(), asked, resolved, resolver_->is_ours(asked.reverse_path),
                      [this, whom](const Resolved& settled) { tell(whom, settled); });
}

/// Answers come later, when the asker may be gone.
bool Service::is_there(Whom whom) const {
    const auto found = askers_.find(whom.name);
    return found != askers_.end() && found->second.connection == whom.connection;
}

template <typename M>
void Service::tell(Whom whom, const M& message) {
    if (is_there(whom)) askers_[whom.name].link->send(message);
}

void Service::answer_login(Whom whom, FromSmtpd message) {
    boost::asio::post(context_, [] { wipe_stack(); });  // of what was decoded and passed on, a password perhaps
    const auto name = whom.name;
    const auto reply = [this, whom](LoginStep step) {
        const bool is_reader = whom.name.first == process::Role::Pop3d;
        if (is_reader && step.outcome == LoginStep::Outcome::Success) return open_mailbox(whom, step);
        tell(whom, step);
    };
    std::visit(Overloaded{[](LookUp&) {}, [](TalkedEarly&) {},
                          [&](BeginLogin& asked) {
                              asked.purpose = purpose_of(name.first);  // Hostile: whatever it says
                              logins_.begin(name, std::move(asked), reply);
                          },
                          [&](ContinueLogin& said) { logins_.proceed(name, said, reply); },
                          [&](AbandonLogin& left) { logins_.abandon(name, left); },
                          [&](MaySend& asked) { judge_sender(whom, std::move(asked)); }},
               message);
}

void Service::judge_sender(Whom whom, MaySend asked) {
    using enum Logins::Standing;
    const auto account = asked.account;
    const auto stamp = asked.stamp;
    logins_.look_at(account, stamp, [this, whom, asked = std::move(asked)](Logins::Standing standing) {
        if (standing == Good) return judge_addresses(whom, asked);
        const auto reply = standing == Gone
                               ? smtp::Reply(535, "5.7.8", "Your login does not hold any more: log in again")
                               : smtp::Reply(451, "4.3.0", "Senders cannot be looked up at the moment");
        tell(whom, SenderVerdict{asked.ticket, reply});
    });
}

void Service::judge_addresses(Whom whom, const MaySend& asked) {
    inquiries_.settle<smtp::Reply>([this, asked] { return addresses_reply(asked); },
                                   [this, whom, asked](const smtp::Reply& reply) {
                                       if (!is_there(whom)) return;
                                       tell(whom,
                                            SenderVerdict{asked.ticket, reply.is_positive() ? count(asked) : reply});
                                   });
}

smtp::Reply Service::addresses_reply(const MaySend& asked) const {
    for (const auto& address : asked.addresses)
        if (auto reply = resolver_->may_send(asked.account, address); !reply.is_positive()) return reply;
    return {250, "2.1.0", "Sender ok"};
}

smtp::Reply Service::count(const MaySend& asked) {
    const auto now = clock_.steady();
    return asked.recipients > 0 ? allowance_.take(asked.account, asked.recipients, now)
                                : allowance_.look(asked.account, now);
}

void Service::connect_finder(Name name, file::Descriptor socket) {
    const auto connection = ++last_connection_;
    auto& connected = finders_[name];
    connected.connection = connection;
    const auto tell = [this, name, connection](const Mailbox& mailbox) {
        const auto found = finders_.find(name);
        if (found != finders_.end() && found->second.connection == connection) found->second.link->send(mailbox);
    };
    connected.link = std::make_unique<Finder>(
        context_, std::move(socket),
        Finder::Handlers{.on_message =
                             [this, tell](FromDeliver message) {
                                 if (auto* asked = std::get_if<FindMailbox>(&message))
                                     inquiries_.settle<Mailbox>(
                                         [this, asked = std::move(*asked)] { return resolver_->find(asked); }, tell);
                             },
                         .on_gone = [this, name](const std::string& why) { lost(name, why); }});
    connected.link->hold_back_at(most_unread);
}

void Service::connect_reader(file::Descriptor socket) {
    reader_ = std::make_unique<ipc::Channel>(
        context_, std::move(socket),
        ipc::Channel::Handlers{.on_frame = [](std::string_view, std::deque<file::Descriptor>&) { return false; },
                               .on_gone = [this](const std::string&) { reader_.reset(); }});
}

/// Whoever has logged in may have his mailbox opened: reader hears which one, the process that talks to him the key
/// alone.
void Service::open_mailbox(Whom whom, const LoginStep& success) {
    inquiries_.settle<Mailbox>(
        [this, address = success.address, account = success.account] { return own_mailbox(address, account); },
        [this, whom, success](Mailbox mailbox) {
            if (is_there(whom)) tell(whom, grant(whom.name, success, std::move(mailbox)));
        });
}

/// Hostile: mail for an address that nobody has may go to another's mailbox (an extension, postmaster); who logs in by
/// it must not read that.
Mailbox Service::own_mailbox(const std::string& address, const std::string& account) const {
    const auto whose = resolver_->account_of(address);
    if (!whose) return {.found = Found::Unavailable};
    if (!*whose || !text::equal_ignoring_case(**whose, account)) return {.found = Found::Unknown};
    return resolver_->find({.ticket = 0, .address = address});
}

LoginStep Service::grant(Name holder, LoginStep success, Mailbox mailbox) {
    if (!reader_ || mailbox.found != Found::Yes)
        return {.ticket = success.ticket, .outcome = LoginStep::Outcome::Later};
    success.key = make_key();
    ipc::encode<reader::FromDirectory>(
        reader::Grant{
            .key = success.key, .holder = holder.second, .account = success.account, .mailbox = std::move(mailbox)},
        reader_->begin());
    reader_->end();
    return success;
}

void Service::connect_admin(Name name, file::Descriptor socket) {
    admin_ = std::make_unique<Admin>(
        context_, std::move(socket),
        Admin::Handlers{.on_message =
                            [this](FromAdmind message) {
                                std::visit(Overloaded{[this](ListBans& asked) { admin_->send(list_bans(asked)); },
                                                      [this](LiftBans& asked) { admin_->send(lift_bans(asked)); }},
                                           message);
                            },
                        .on_gone = [this, name](const std::string& why) { lost(name, why); }});
    admin_->hold_back_at(most_unread);
}

// ---- who is not let in

void Service::use(site::Bans bans) {
    conduct_.use(std::move(bans));
    tell_doors(bars(clock_.steady()), true);
}

/// Somebody whom nobody knows has asked for a recipient, and hears this.
void Service::note_recipient(const LookUp& asked, const smtp::Reply& reply) {
    const auto& client = *asked.stranger;
    // The null sender brings bounces of what others have sent in invented names of ours: its server has not guessed.
    const bool is_guess = reply.enhanced == "5.1.1" && !asked.reverse_path.empty();
    if (is_guess) return misbehaved(Misdeed::UnknownRecipient, client);
    if (!reply.is_positive()) return;
    const auto now = clock_.steady();
    conduct_.brought_well(client, logins_.failures().good_accounts(ip::client_of(client), now), now);
}

void Service::misbehaved(Misdeed misdeed, const ip::Address& client) {
    const auto now = clock_.steady();
    const auto credit = logins_.failures().good_accounts(ip::client_of(client), now);
    const auto ban = conduct_.misbehaved(misdeed, client, credit, now);
    if (!ban) return;
    const auto network = ip::to_text(ban->network);
    log_.event(
        logs::Event::Warning,
        {{"reason", fmt::format("too many {} from {}: it is banned for {} (`hermod ban lift {}` ends it)",
                                to_text(misdeed), ip::to_text(client),
                                config::to_text(std::chrono::ceil<std::chrono::seconds>(ban->until - now)), network)},
         {"client", ip::to_text(client)}});
    tell_doors({*ban}, false);
}

void Service::on_login_ban(const Ban& ban) {
    if (is_shut_out(ban)) tell_doors({ban}, false);
}

/// Not the neighbours of who guesses: among them may be whose logins are good, and doors do not know them.
bool Service::is_shut_out(const Ban& of_login) const {
    return conduct_.terms().failed_logins && of_login.network == ip::client_of(of_login.network.address) &&
           !conduct_.is_exempt(of_login.network.address);
}

std::vector<Ban> Service::bars(clocks::Steady now) const {
    auto found = conduct_.bans(now);
    for (const auto& ban : logins_.failures().bans(now))
        if (is_shut_out(ban)) found.push_back(ban);
    return found;
}

void Service::tell_doors(const std::vector<Ban>& bans, bool anew) {
    for (auto& [name, connected] : askers_)
        if (name.first == process::Role::Smtpd && connected.link)
            tell_door(*connected.link, bans, anew, clock_.steady());
}

admind::Bans Service::list_bans(const ListBans& asked) {
    admind::Bans found{.ticket = asked.ticket, .bans = {}};
    const auto now = clock_.steady();
    std::map<ip::Network, clocks::Steady> until;
    for (const auto& bans : {conduct_.bans(now), logins_.failures().bans(now)})
        for (const auto& ban : bans) until[ban.network] = std::max(until[ban.network], ban.until);
    for (const auto& [network, end] : until) found.bans.push_back({ip::to_text(network), seconds_until(end, now)});
    return found;
}

admind::Lifted Service::lift_bans(const LiftBans& asked) {
    const auto network = ip::parse_network(asked.network);
    if (!network) return {.ticket = asked.ticket, .bans = 0};
    const auto now = clock_.steady();
    const auto before = list_bans({}).bans.size();
    conduct_.lift(*network, now);
    logins_.failures().lift(*network, now);
    tell_doors(bars(now), true);
    return {.ticket = asked.ticket, .bans = before - list_bans({}).bans.size()};
}

// master starts another, and brings the link to it.
void Service::lost(Name name, const std::string& why) {
    if (!is_closing_)
        log_.event(logs::Event::PeerLost,
                   {{"peer", fmt::format("{}/{}", process::name(name.first), name.second)}, {"reason", why}});
    logins_.forget(name);
    askers_.erase(name);
    finders_.erase(name);
    if (name.first == process::Role::Admind) admin_.reset();
}

}  // namespace directory
