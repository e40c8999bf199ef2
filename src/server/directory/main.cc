// directory: knows who exists here, and answers those who ask. It reads the users of the system, what the configuration
// brought along, and what was made by command; it can write nothing but the latter's database, and reach nobody but the
// sources of accounts outside, where there are some.

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "accounts/reader.h"
#include "clocks/clock.h"
#include "config/load.h"
#include "directory/account_credentials.h"
#include "directory/chance.h"
#include "directory/checkers.h"
#include "directory/credentials_in_order.h"
#include "directory/external.h"
#include "directory/forwards.h"
#include "directory/issuer.h"
#include "directory/own_addresses.h"
#include "directory/run.h"
#include "directory/sandbox.h"
#include "directory/service.h"
#include "directory/verified_credentials.h"
#include "passwords/hash.h"
#include "process/secret_line.h"

namespace directory {
namespace {

std::vector<std::string> srs_secrets(const Config& config, const std::vector<process::Secret>& files, logs::Log& log) {
    if (files.empty()) return {};
    auto secrets = process::secret_lines(files.front().file, site::longest_srs_secrets);
    if (secrets) return *std::move(secrets);
    log.event(logs::Event::Alert,
              {{"reason", fmt::format("{} {}", site::srs_secret_file(config.srs, config), secrets.error())}});
    return {};
}

std::unique_ptr<Resolver> make_resolver(const Config& config, const std::vector<ip::Address>& own, bool privileged,
                                        Users& users, accounts::Records& records,
                                        std::shared_ptr<const Rewriting> rewriting) {
    const std::uint32_t uid = privileged ? site::mail_uid(config.process) : ::getuid();
    const std::uint32_t gid = privileged ? site::mail_uid(config.process) : ::getgid();
    return std::make_unique<Resolver>(config,
                                      Surroundings{.own_addresses = own,
                                                   .virtual_uid = uid,
                                                   .virtual_gid = gid,
                                                   .records = &records,
                                                   .rewriting = std::move(rewriting)},
                                      users);
}

std::unique_ptr<accounts::Reader> open_database(const Config& config) {
    return std::make_unique<accounts::Reader>(site::directory_database(config),
                                              [](const std::string&) {});  // the one that looks up addresses complains
}

std::string hash_of_nobody(const Config& config) {
    return passwords::make_hash(
        passwords::random_octets(16),
        {.memory = static_cast<std::uint32_t>(config.passwords.memory / 1024), .passes = config.passwords.passes});
}

/// Those that are asked for everybody.
std::unique_ptr<Credentials> make_credentials(const Config& config, const std::string& nobodys_hash,
                                              const clocks::Clock& clock, Verifier& verifier, Mailboxes& mailboxes) {
    std::vector<CredentialsInOrder::Source> sources;
    sources.push_back({.domains = {},
                       .credentials = std::make_unique<AccountCredentials>(open_database(config), config.hostname,
                                                                           nobodys_hash, clock)});
    if (site::asks_others(config.login))
        sources.push_back(
            {.domains = {},
             .credentials = std::make_unique<VerifiedCredentials>(config.login, config.hostname, verifier, mailboxes)});
    return std::make_unique<CredentialsInOrder>(config.hostname, std::move(sources));
}

Logins::AsksForCertificates certificates_asked_for(const Config& config) {
    Logins::AsksForCertificates asks;
    for (const auto& listen : config.listen)
        if (listen.client_certificates) (site::is_pop3(listen) ? asks.pop3 : asks.submission) = true;
    return asks;
}

Mailboxes::Looked owner_of(const std::string& address, const Service& service) {
    auto account = service.account_of(address);
    const auto is_for_users = service.is_for_users(address.substr(address.rfind('@') + 1));
    if (!account || !is_for_users) return std::unexpected(Unavailable{});
    return Owner{.account = std::move(*account), .could_be_user = *is_for_users};
}

/// Runs something later.
auto after(boost::asio::io_context& context) {
    return [&context](std::chrono::milliseconds delay, std::move_only_function<void()> then) {
        auto timer = std::make_shared<boost::asio::steady_timer>(context, delay);  // of the handler alone
        timer->async_wait([timer, then = std::move(then)](const boost::system::error_code& error) mutable {
            if (!error) then();
        });
    };
}

}  // namespace

int run(process::Inheritance given) {
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "directory/0"), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    const std::vector<ip::Address> own = own_addresses(config.listen);  // asked of the kernel before the fences go up
    SystemUsers users(clock);
    static_cast<void>(users.find("root"));  // so that the name service has loaded its modules
    auto gathered = gather_sources(config);
    const auto missing_fences =
        sandbox::enter(policy(site::directory_folder(config), site::lists_folder(config), gathered.terms), given);
    for (const auto& trouble : gathered.troubles) log.event(logs::Event::Warning, {{"reason", trouble}});
    accounts::Reader records(site::directory_database(config), [&](const std::string& why) {
        log.event(logs::Event::Warning, {{"reason", "the directory cannot be read: " + why}});
    });

    const auto post = [&](std::move_only_function<void()> done) { boost::asio::post(context, std::move(done)); };
    const auto nobodys_hash = hash_of_nobody(config);
    file::LoopQuestions questions(post);
    AuthdLine authd(context, questions);
    const Service* asked = nullptr;  // once there is one
    ResolvedMailboxes mailboxes(questions, [&](const std::string& address) { return owner_of(address, *asked); });
    CheckerThreads own_accounts(post, config.login.checks, config.login.waiting,
                                [&] { return make_credentials(config, nobodys_hash, clock, authd, mailboxes); });
    External external({.post = post,
                       .log = log,
                       .clock = clock,
                       .own = records,
                       .own_keeper = [&config] { return open_database(config); },
                       .nobodys_hash = nobodys_hash,
                       .after = after(context)},
                      config, std::move(gathered.terms));
    CheckersByDomain checkers(config.hostname, own_accounts);
    external.add_to(checkers);
    Logins* told = nullptr;  // once there are some
    TokendLine tokend(context, after(context), [&](const std::string& keys) { told->use_issuer_keys(keys); });
    Service* doors = nullptr;  // once there is one
    Logins logins({.log = log,
                   .clock = clock,
                   .checkers = checkers,
                   .nonce = make_nonce,
                   .after = after(context),
                   .secret = secret_of_machine(),
                   .on_ban =
                       [&](const Ban& ban) {
                           if (doors) doors->on_login_ban(ban);
                       },
                   .issuer = &tokend},
                  config.hostname, config.login, config.passwords.scram_iterations);
    told = &logins;
    logins.use(certificates_asked_for(config));
    Allowance allowance(config.submission);
    PolicydLine policyd(context, after(context));
    Forwards forwards(policyd, log);
    Service service(context, log, clock, logins, allowance, external.inquiries());
    service.use(forwards);
    doors = &service;
    std::vector<process::Secret> secrets = std::exchange(given.secrets, {});  // of the configuration to come
    const bool has_policyd = given.has(process::Role::Policyd);
    const auto use = [&](Config settings) {
        if (!has_policyd) settings.reflector = {};  // nobody would answer, and the mail would be gone
        auto rewriting = std::make_shared<const Rewriting>(
            settings.srs, settings.hostname, srs_secrets(settings, std::exchange(secrets, {}), log), clock);
        service.use(settings.bans);
        service.use(make_resolver(settings, own, given.privileged, users, external.records(), std::move(rewriting)));
    };
    use(config);
    asked = &service;
    policyd.answer_by([&](const LookUp& question, auto tell) { service.look_up(question, std::move(tell)); });
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Authd) return authd.connect(std::move(peer.socket));
        if (peer.role == process::Role::Tokend) return tokend.connect(std::move(peer.socket));
        if (peer.role == process::Role::Policyd) return policyd.connect(std::move(peer.socket));
        service.connect(std::move(peer));
    };
    for (auto& peer : given.peers) connect(std::move(peer));
    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 auto replacement = config::load<Config>(text);
                 site::keep_what_is_for_start(replacement.login.tokens, config.login.tokens);
                 log.replace(site::log_options(replacement.log, "directory/0"));
                 users.forget();
                 logins.use(replacement.hostname, replacement.login, replacement.passwords.scram_iterations);
                 logins.use(certificates_asked_for(replacement));
                 allowance.use(replacement.submission);
                 use(replacement);
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = [&](std::vector<process::Secret> files) { secrets = std::move(files); },
         .on_stop =
             [&](std::chrono::milliseconds) {
                 questions.close();
                 context.stop();
             },
         .on_process = {},
         .on_answer = {},
         .on_closing = [&] { service.close(); }});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace directory
