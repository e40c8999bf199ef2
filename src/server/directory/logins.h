#pragma once
// Clients that log in, in smtpd and pop3d: their exchanges, which run here because the secrets are here. RFC 4422.
//
// A process that passes a client's words on learns who the client is, or that it failed; never a hash, a key or whether
// a user exists. Hostile: it may be broken into, so it has so many exchanges and no more, and each comes to an end.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clocks/clock.h"
#include "directory/checkers.h"
#include "directory/failures.h"
#include "directory/inbox.h"
#include "directory/issuer.h"
#include "jose/token.h"
#include "logs/log.h"
#include "process/role.h"
#include "sasl/exchange.h"
#include "site/login.h"

namespace directory {

class Logins {
public:
    using Asker = std::pair<process::Role, std::uint8_t>;
    using Reply = std::function<void(const LoginStep&)>;

    struct Surroundings {
        logs::Log& log;
        const clocks::Clock& clock;
        Checkers& checkers;
        std::function<std::string()> nonce;  // never the same, and nobody can guess it
        std::function<void(std::chrono::milliseconds, std::move_only_function<void()>)> after;
        std::string secret;  // for what is shown of users who do not exist; the same after a restart
        std::function<void(const Ban&)> on_ban = {};
        TokenIssuer* issuer =
            nullptr;  // absent: tokens are as good as their signature, by the keys of the configuration
    };

    static constexpr std::size_t most_of_an_asker = 2'000;
    static constexpr std::chrono::minutes longest{10};  // a client that says nothing is cut off before

    /// `iterations`: of the SCRAM keys that accounts have here.
    Logins(Surroundings around, std::string hostname, site::Login settings, std::uint32_t iterations);
    void use(std::string hostname, site::Login settings, std::uint32_t iterations);
    /// Whether any listener asks clients for certificates: elsewhere none is believed, whoever tells of it.
    struct AsksForCertificates {
        bool submission = false;
        bool pop3 = false;
    };
    void use(AsksForCertificates asks) { asks_for_certificates_ = asks; }

    /// The keys of who issues tokens, as he publishes them by now (RFC 7517). What is no set of keys changes nothing.
    void use_issuer_keys(std::string_view json);

    void begin(const Asker& asker, BeginLogin message, Reply reply);
    void proceed(const Asker& asker, const ContinueLogin& message, const Reply& reply);
    void abandon(const Asker& asker, const AbandonLogin& message);
    /// The asker is gone, and its clients with it.
    void forget(const Asker& asker);

    /// Whether the account is still what it was when somebody logged in. The answer comes later.
    enum class Standing : std::uint8_t { Good, Gone, Unknown };
    void look_at(const std::string& account, std::uint64_t stamp, std::function<void(Standing)> tell);

    Failures& failures() { return failures_; }
    std::size_t open() const { return exchanges_.size(); }

private:
    using Key = std::pair<Asker, std::uint64_t>;
    struct Exchange {
        BeginLogin began;  // without the initial response
        std::optional<ip::Address> client;
        sasl::Mechanism mechanism{};
        std::unique_ptr<sasl::Exchange> sasl;
        std::uint64_t ticket = 0;  // of the question that is open; 0: it is the client's turn
        std::uint64_t serial = 0;
        clocks::Steady since{};
        clocks::Steady asked{};                   // when the client last said something
        std::string why = {};                     // it failed, for the log
        std::optional<std::string> refused = {};  // whose token is bad, before the client has heard it to the end
        Reply reply;
    };

    LoginStep::Outcome flaw(const BeginLogin& message, const std::optional<sasl::Mechanism>& mechanism) const;
    bool shows_certificates(Purpose purpose) const;
    bool is_offered(sasl::Mechanism mechanism, const BeginLogin& message) const;
    void read_token_keys();
    sasl::Circumstances circumstances(const BeginLogin& message) const;
    Exchange* find(const Key& key, std::uint64_t serial);
    void expire();
    std::string counted_as(std::string_view user) const;

    void carry_out(const Key& key, Exchange& exchange, sasl::Step step);
    bool may_try(const Key& key, Exchange& exchange, std::string_view user);
    template <typename Answer>
    void look_up(const Key& key, Exchange& exchange, const std::string& user, std::function<Answer(Credentials&)> ask,
                 std::function<void(Exchange&, Answer)> then, Checkers::Lane lane = Checkers::Lane::Strangers);
    void check(const Key& key, Exchange& exchange, const sasl::CheckPassword& question);
    void find_keys(const Key& key, Exchange& exchange, const sasl::FindScramKeys& question);
    void find_secret(const Key& key, Exchange& exchange, const sasl::FindSecret& question);
    void confirm(const Key& key, Exchange& exchange, const sasl::CheckCertificate& question);
    const std::vector<jose::Key>& token_keys() const;
    jose::Demands token_demands() const;
    std::chrono::sys_seconds wall_time() const;
    void check_token(const Key& key, Exchange& exchange, const sasl::CheckToken& question);
    void check_signature(const Key& key, Exchange& exchange, const sasl::CheckToken& question);
    void introspect(const Key& key, const Exchange& exchange, const sasl::CheckToken& question,
                    std::optional<std::string> signed_for);
    void conclude(const Key& key, Exchange& exchange, const sasl::CheckToken& question,
                  const std::expected<std::string, jose::Flaw>& named);
    void succeed(const Key& key, Exchange& exchange, const sasl::Success& success);
    void fail(const Key& key, Exchange& exchange, const sasl::Failure& failure);
    std::chrono::milliseconds count_failure(const Exchange& exchange, const std::string& user);
    void reject(const Key& key, Exchange& exchange, const std::string& user);
    void end(const Key& key, Exchange& exchange, LoginStep step);
    void end(const Key& key, Exchange& exchange, LoginStep::Outcome outcome) {
        end(key, exchange, LoginStep{.outcome = outcome});
    }
    void note_failure(const Exchange& exchange, const std::string& user);
    void note_ban(const Exchange& exchange, const Ban& ban, clocks::Steady now) const;
    void note_success(const Exchange& exchange, std::string_view account) const;

    Surroundings around_;
    std::string hostname_;
    site::Login settings_;
    std::uint32_t iterations_;
    std::vector<jose::Key> keys_in_file_;
    std::vector<jose::Key> keys_of_issuer_;
    Failures failures_;
    std::map<Key, Exchange> exchanges_;
    std::uint64_t last_serial_ = 0;
    AsksForCertificates asks_for_certificates_;
};

}  // namespace directory
