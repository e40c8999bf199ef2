// admind: the administrator's counter. It takes what `hermod queue`, `status`, `ban`, `reload` and `stop` ask, hands it
// to qmgr, directory or master, and hands back what they say. It owns nothing and can do nothing by itself.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "admind/clients.h"
#include "admind/config.h"
#include "admind/expiry.h"
#include "admind/run.h"
#include "admind/sandbox.h"
#include "config/load.h"
#include "logs/log.h"

namespace admind {

namespace asio = boost::asio;

namespace {

/// The way to a neighbour, as long as there is one.
template <typename Answer, typename Question>
class Line {
public:
    struct Ends {
        std::function<void()> on_lost;
        std::function<void()> on_there;
    };
    Line(asio::io_context& context, Desk& desk, logs::Log& log, const char* name, Ends ends)
        : context_(context), desk_(desk), log_(log), name_(name), ends_(std::move(ends)) {}

    void connect(file::Descriptor socket) {
        ends_.on_lost();  // its successor may come before the end of the old one is seen
        link_.emplace(context_, std::move(socket),
                      typename Link::Handlers{.on_message = [this](Answer answer) { desk_.take(std::move(answer)); },
                                              .on_gone =
                                                  [this](const std::string& why) {
                                                      link_.reset();
                                                      if (!is_closing_)
                                                          log_.event(logs::Event::PeerLost,
                                                                     {{"peer", name_}, {"reason", why}});
                                                      ends_.on_lost();
                                                  }});
        ends_.on_there();
    }
    /// The server ends: its going is nothing to complain of.
    void close() { is_closing_ = true; }
    bool send(const Question& request) {
        if (!link_) return false;
        std::visit([this](const auto& question) { link_->send(question); }, request);
        return true;
    }

private:
    using Link = ipc::Link<Answer, Question>;
    asio::io_context& context_;
    Desk& desk_;
    logs::Log& log_;
    const char* name_;
    Ends ends_;
    std::optional<Link> link_;
    bool is_closing_ = false;
};

/// Looks at the certificates at the start, after a reload, and once a day.
class CertificateWatch {
public:
    CertificateWatch(asio::io_context& context, Desk& desk, const clocks::Clock& clock, logs::Log& log)
        : timer_(context), desk_(desk), clock_(clock), log_(log) {}

    void use(site::Tls tls) {
        tls_ = std::move(tls);
        look();
    }

private:
    void look() {
        const auto certificates = certificates_of(tls_);
        warn_of_expiry(certificates, tls_, clock_, log_);
        desk_.take(certificates);
        timer_.expires_after(look_at_certificates_after);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error) look();
        });
    }

    asio::steady_timer timer_;
    Desk& desk_;
    const clocks::Clock& clock_;
    logs::Log& log_;
    site::Tls tls_;
};

}  // namespace

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "admind/0"), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto missing_fences = sandbox::enter(policy(), given);
    if (given.listeners.empty()) return 1;

    std::optional<Clients> clients;
    std::optional<Line<FromQmgr, qmgr::FromAdmind>> queue;
    std::optional<Line<FromDirectory, directory::FromAdmind>> names;
    std::optional<Line<FromAcmed, acmed::FromAdmind>> authority;
    std::optional<process::Control> control;
    Desk desk({.to_qmgr = [&](const qmgr::FromAdmind& request) { return queue->send(request); },
               .to_directory = [&](const directory::FromAdmind& request) { return names->send(request); },
               .to_acmed = [&](const acmed::FromAdmind& order) { return authority->send(order); },
               .to_client = [&](ClientId client, const ToClient& message) { clients->send(client, message); },
               .reload = [&](std::uint64_t ticket) { control->request_reload(ticket); },
               .stop = [&](std::uint64_t ticket) { control->request_stop(ticket); }});
    queue.emplace(context, desk, log, "qmgr",
                  decltype(queue)::value_type::Ends{.on_lost = [&] { desk.qmgr_is_lost(); },
                                                    .on_there = [&] { desk.qmgr_is_there(); }});
    names.emplace(context, desk, log, "directory",
                  decltype(names)::value_type::Ends{.on_lost = [&] { desk.directory_is_lost(); }, .on_there = [] {}});
    authority.emplace(
        context, desk, log, "acmed",
        decltype(authority)::value_type::Ends{.on_lost = [&] { desk.acmed_is_lost(); }, .on_there = [] {}});
    CertificateWatch certificates(context, desk, clock, log);
    certificates.use(config.tls);
    for (auto& peer : given.take_peers(process::Role::Acmed)) authority->connect(std::move(peer.socket));
    for (auto& peer : given.take_peers(process::Role::Qmgr)) queue->connect(std::move(peer.socket));
    for (auto& peer : given.take_peers(process::Role::Directory)) names->connect(std::move(peer.socket));
    clients.emplace(
        context, std::move(given.listeners.front().socket),
        Clients::Handlers{.on_request = [&](ClientId id, FromClient request) { desk.take(id, std::move(request)); },
                          .on_gone = [&](ClientId id) { desk.forget(id); }});
    control.emplace(context, std::move(given.control),
                    process::Control::Handlers{
                        .on_peer =
                            [&](process::Peer peer) {
                                if (peer.role == process::Role::Qmgr) queue->connect(std::move(peer.socket));
                                if (peer.role == process::Role::Acmed) authority->connect(std::move(peer.socket));
                                if (peer.role == process::Role::Directory) names->connect(std::move(peer.socket));
                            },
                        .on_reload =
                            [&](const std::string& text) {
                                const auto changed = config::load<Config>(text);
                                log.replace(site::log_options(changed.log, "admind/0"));
                                certificates.use(changed.tls);
                            },
                        .on_listeners = {},
                        .on_log = [&](file::Descriptor lines,
                                      file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
                        .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
                        .on_process = [&](const process::ProcessLine& line) { desk.take(line); },
                        .on_answer = [&](std::uint64_t ticket, bool done,
                                         const std::string& text) { desk.take_answer(ticket, done, text); },
                        .on_closing =
                            [&] {
                                queue->close();
                                names->close();
                                authority->close();
                            }});
    control->ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace admind
