#pragma once
// The questions of smtpd, pop3d, pickup and deliver, answered as they come; those about passwords when they have been
// looked at.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "admind/inbox.h"
#include "deliver/inbox.h"
#include "directory/allowance.h"
#include "directory/conduct.h"
#include "directory/forwards.h"
#include "directory/inbox.h"
#include "directory/inquiries.h"
#include "directory/logins.h"
#include "directory/resolver.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "process/process.h"
#include "smtpd/inbox.h"

namespace directory {

class Service {
public:
    Service(boost::asio::io_context& context, logs::Log& log, const clocks::Clock& clock, Logins& logins,
            Allowance& allowance, Inquiries& inquiries)
        : context_(context), log_(log), clock_(clock), logins_(logins), allowance_(allowance), inquiries_(inquiries) {}

    void use(std::unique_ptr<Resolver> resolver) { resolver_ = std::move(resolver); }
    /// As Resolver::account_of().
    std::expected<std::optional<std::string>, Unavailable> account_of(const std::string& address) const {
        return resolver_->account_of(address);
    }
    std::expected<bool, Unavailable> is_for_users(std::string domain) const {
        return resolver_->is_for_users(std::move(domain));
    }
    /// From now on senders of what is sent on are settled by it.
    void use(Forwards& forwards) { forwards_ = &forwards; }
    /// In place of an earlier process of the same role and index.
    void connect(process::Peer peer);
    /// Of one who asks by another line.
    void look_up(const LookUp& asked, std::function<void(const Resolved&)> tell);
    void use(site::Bans bans);
    /// [login] has banned somebody.
    void on_login_ban(const Ban& ban);
    /// The server ends: those who leave are nothing to complain of.
    void close() { is_closing_ = true; }

private:
    using Asker = ipc::Link<FromSmtpd, smtpd::FromDirectory>;
    using Finder = ipc::Link<FromDeliver, deliver::FromDirectory>;
    using Admin = ipc::Link<FromAdmind, admind::FromDirectory>;
    using Name = std::pair<process::Role, std::uint8_t>;
    /// Who asked. A process that has taken another's place has its name, and counts its questions from 1 again; the
    /// answers to its predecessor are not for it.
    struct Whom {
        Name name;
        std::uint64_t connection = 0;
    };

    void connect_asker(Name name, file::Descriptor socket);
    void connect_finder(Name name, file::Descriptor socket);
    void connect_admin(Name name, file::Descriptor socket);
    void note_recipient(const LookUp& asked, const smtp::Reply& reply);
    void misbehaved(Misdeed misdeed, const ip::Address& client);
    bool is_shut_out(const Ban& of_login) const;
    std::vector<Ban> bars(clocks::Steady now) const;
    void tell_doors(const std::vector<Ban>& bans, bool anew);
    admind::Bans list_bans(const ListBans& asked);
    admind::Lifted lift_bans(const LiftBans& asked);
    void answer(Whom whom, FromSmtpd message);
    void settle_senders(Whom whom, const LookUp& asked, const Resolved& resolved);
    void answer_login(Whom whom, FromSmtpd message);
    void judge_sender(Whom whom, MaySend asked);
    void judge_addresses(Whom whom, const MaySend& asked);
    smtp::Reply addresses_reply(const MaySend& asked) const;
    smtp::Reply count(const MaySend& asked);
    bool is_there(Whom whom) const;
    template <typename M>
    void tell(Whom whom, const M& message);
    void connect_reader(file::Descriptor socket);
    void open_mailbox(Whom whom, const LoginStep& success);
    Mailbox own_mailbox(const std::string& address, const std::string& account) const;
    LoginStep grant(Name holder, LoginStep success, Mailbox mailbox);
    void lost(Name name, const std::string& why);

    boost::asio::io_context& context_;
    logs::Log& log_;
    const clocks::Clock& clock_;
    Logins& logins_;
    Allowance& allowance_;
    Inquiries& inquiries_;
    Conduct conduct_;
    std::unique_ptr<Resolver> resolver_;
    Forwards* forwards_ = nullptr;
    bool is_closing_ = false;
    template <typename Link>
    struct Connected {
        std::uint64_t connection = 0;
        std::unique_ptr<Link> link;
    };
    std::uint64_t last_connection_ = 0;
    std::map<Name, Connected<Asker>> askers_;
    std::map<Name, Connected<Finder>> finders_;
    std::unique_ptr<ipc::Channel> reader_;  // it says nothing
    std::unique_ptr<Admin> admin_;
};

}  // namespace directory
