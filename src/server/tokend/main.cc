// tokend: asks who issues tokens: for his keys, and whether a token is good. It connects to him and to DNS servers, and
// nowhere else; it hears directory alone. It knows one secret: ours at the issuer.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "config/load.h"
#include "ipc/link.h"
#include "lang/overloaded.h"
#include "logs/give_up.h"
#include "logs/log.h"
#include "resolver/open.h"
#include "sandbox/sandbox.h"
#include "tokend/config.h"
#include "tokend/introspections.h"
#include "tokend/issuer.h"
#include "tokend/keys.h"
#include "tokend/run.h"
#include "tokend/sandbox.h"

namespace tokend {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_again{1};

net::Task<void> tick(asio::io_context& context, const clocks::Clock& clock, Keys& keys) {
    asio::steady_timer timer(context);
    for (;;) {
        keys.tick(clock.steady());
        timer.expires_after(look_again);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace

int run(process::Inheritance given) {
    using Link = ipc::Link<FromDirectory, directory::FromTokend>;
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "tokend/0"), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto& tokens = config.login.tokens;
    const auto issuers = tls::Client::trusting_file(tokens.ca_file);
    if (!issuers) return logs::give_up(log, issuers.error());
    const auto resolver = resolver::open(context, config.dns);
    if (!resolver) return logs::give_up(log, resolver.error());
    const auto warn = [&](const std::string& why) { log.event(logs::Event::Warning, {{"reason", why}}); };
    Issuer issuer(context, **resolver, *issuers, tokens);
    const auto use_secret = [&](const site::LoginTokens& settings, const std::vector<process::Secret>& files) {
        if (settings.introspection.empty()) return;
        if (const auto flaw = issuer.use(settings, files); !flaw.empty())
            log.event(logs::Event::Alert, {{"reason", flaw}});
    };
    use_secret(tokens, std::exchange(given.secrets, {}));
    const auto missing_fences = sandbox::enter(policy(), given);

    std::optional<Link> directory;
    const auto tell = [&](const directory::FromTokend& message) {
        if (directory) std::visit([&](const auto& one) { directory->send(one); }, message);
    };
    std::optional<Keys> keys;
    if (!tokens.keys_url.empty())
        keys.emplace(Keys::Ends{
            .fetch = [&] { issuer.fetch_keys([&](const auto& json) { keys->fetched(json, clock.steady()); }); },
            .tell = tell,
            .warn = warn});
    std::optional<Introspections> introspections;
    introspections.emplace(Introspections::Ends{.ask =
                                                    [&](std::string token) {
                                                        issuer.introspect(
                                                            std::move(token), [&](const auto& about, auto said) {
                                                                introspections->answered(about, std::move(said));
                                                            });
                                                    },
                                                .tell = tell,
                                                .warn = warn},
                           clock, tokens.introspection_cache);

    const auto take = [&](FromDirectory asked) {
        std::visit(Overloaded{[&](const RenewKeys& question) {
                                  if (keys) return keys->renew(question, clock.steady());
                                  tell(directory::KeysRenewed{.ticket = question.ticket});
                              },
                              [&](Introspect& question) { introspections->take(std::move(question)); }},
                   asked);
    };
    const auto lose_directory = [&] {
        directory.reset();
        introspections->forget();
    };
    const auto connect = [&](process::Peer peer) {
        if (peer.role != process::Role::Directory) return;
        lose_directory();
        directory.emplace(context, std::move(peer.socket),
                          Link::Handlers{.on_message = take, .on_gone = [&](const std::string&) { lose_directory(); }});
        if (keys) keys->connected();
    };
    for (auto& peer : given.peers) connect(std::move(peer));

    std::vector<process::Secret> secrets;  // of the configuration that comes behind them
    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 auto changed = config::load<Config>(text);
                 site::keep_what_is_for_start(changed.login.tokens, tokens);
                 log.replace(site::log_options(changed.log, "tokend/0"));
                 use_secret(changed.login.tokens, std::exchange(secrets, {}));
                 introspections->use(changed.login.tokens.introspection_cache);
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = [&](std::vector<process::Secret> files) { secrets = std::move(files); },
         .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    if (keys) asio::co_spawn(context, tick(context, clock, *keys), asio::detached);
    context.run();
    return 0;
}

}  // namespace tokend
