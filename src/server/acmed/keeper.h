#pragma once
// Keeps the certificate in order: gets the first one, renews it when a third of its life is left, tries again later
// when that fails, and does at once what an administrator orders. One thing at a time.
//
// Whatever fails, what is in use stays in use.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "acmed/business.h"
#include "acmed/config.h"
#include "acmed/inbox.h"
#include "admind/inbox.h"
#include "certificates/folder.h"
#include "clocks/clock.h"
#include "logs/log.h"

namespace acmed {

class Keeper {
public:
    struct Means {
        boost::asio::io_context& context;
        const clocks::Clock& clock;
        logs::Log& log;
        const certificates::Folder& folder;
        Business& business;
        std::function<void()> take_into_use;  // a new certificate is in the folder
        std::function<void(const admind::FromAcmed&)> to_admind;
    };
    Keeper(Means means, Config config);

    void begin();
    void replace(Config config);
    void take(const Order& order);

private:
    struct Live {
        std::vector<std::string> names;
        std::chrono::sys_seconds not_before;
        std::chrono::sys_seconds not_after;
        std::string source;
        std::string pem;
    };
    enum class Work : std::uint8_t { Issue, RevokeAndIssue };
    using Failure = std::optional<acme::Error>;

    void look();
    std::optional<Live> read_live();
    bool is_fit() const;
    std::chrono::sys_seconds due() const;
    void schedule();
    void start(Work work);
    net::Task<void> carry_out(Work work);
    net::Task<Failure> issue();
    net::Task<Failure> revoke();
    Failure keep(const std::string& chain, const crypto::SigningKey& key);
    std::expected<acme::AccountKey, std::string> account_key();
    void finish(const Failure& failure, std::string text);
    void answer(std::uint64_t ticket, bool done, std::string text);
    admind::CertificateState state(std::uint64_t ticket) const;
    acme::Server server() const;
    std::vector<std::string> names() const;
    std::chrono::sys_seconds now() const;

    Means means_;
    Config config_;
    boost::asio::steady_timer timer_;
    std::optional<Live> live_;
    bool is_at_work_ = false;
    std::vector<std::uint64_t> waiting_;  // administrators' tickets, for the work under way
    unsigned failures_ = 0;               // in a row
    std::string trouble_;                 // of the last; empty: it went well
    std::chrono::sys_seconds not_earlier_{};
};

}  // namespace acmed
