#include "master/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "master/places.h"
#include "sandbox/sandbox.h"

namespace master {

namespace asio = boost::asio;
using process::Order;
using process::Role;

namespace {

constexpr int deaths_before_giving_up = 6;        // of one process, while the server has never been ready
constexpr std::chrono::seconds time_to_leave{3};  // after it closed its line

file::Descriptor duplicate(const file::Descriptor& original) {
    return file::Descriptor(original ? ::fcntl(original.get(), F_DUPFD_CLOEXEC, 0) : -1);
}

std::vector<file::Descriptor> one(file::Descriptor descriptor) {
    std::vector<file::Descriptor> descriptors;
    descriptors.push_back(std::move(descriptor));
    return descriptors;
}

std::string describe_death(int status) {
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        return fmt::format("killed by signal {}{}", number, number == SIGSYS ? " (a system call it may not make)" : "");
    }
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace

Supervisor::Supervisor(Surroundings around, Plan plan, Readers readers, LogDescriptors logs,
                       std::vector<PassedSocket> passed)
    : around_(around),
      plan_(std::move(plan)),
      readers_(std::move(readers)),
      logs_(std::move(logs)),
      listeners_(std::move(passed)),
      roster_(around.context, plan_),
      key_timer_(around.context),
      certificates_(around.context, [this] { renew_certificates(); }, {}),
      stop_timer_(around.context) {}

std::expected<void, std::string> Supervisor::bind() {
    auto bound = listeners_.use(plan_.listen, plan_.workers);
    if (!bound) return bound;
    auto control = listen_locally(plan_.control_socket);
    if (!control) return std::unexpected(std::move(control.error()));
    control_ = std::move(*control);
    return {};
}

void Supervisor::start(std::function<void()> on_ready) {
    when_ready_ = std::move(on_ready);
    watch_certificates();
    for (auto& child : roster_.all())
        if (!serves_clients(child->role)) start_child(*child);
}

/// Nobody is let in before there is somebody to ask, somebody to keep the message and somebody to sign; and no
/// authority is asked for a certificate before there is somebody to answer its questions.
void Supervisor::start_what_waits() {
    if (!roster_.all_ready({Role::Directory, Role::Qmgr, Role::Keyd, Role::Reader, Role::Policyd})) return;
    for (auto& child : roster_.all())
        if (serves_clients(child->role) && !child->was_started &&
            (child->role != Role::Acmed || roster_.all_ready({Role::Httpd})))
            start_child(*child);
}

void Supervisor::start_child(Child& child) {
    auto [pid, line] = spawn(child.role, child.index);
    child.began = Child::Clock::now();
    child.was_started = true;
    if (pid < 0) {
        around_.log.event(logs::Event::Alert,
                          {{"reason", fmt::format("cannot start {}: {}", name(child.role), std::strerror(errno))}});
        return start_again(child);
    }
    if (child.role == Role::Policyd) key_looks_.forget();
    child.pid = pid;
    child.started = around_.clock.wall().time_since_epoch().count();
    child.line = std::make_unique<Line>(
        around_.context, std::move(line),
        Line::Handlers{.on_note = [this, &child](const process::Note& note) { on_note(child, note); },
                       .on_end =
                           [this, &child] {
                               child.timer.expires_after(time_to_leave);
                               child.timer.async_wait(
                                   [this, &child, leaving = child.pid](boost::system::error_code error) {
                                       if (!error && child.pid == leaving) kill(child);
                                   });
                           },
                       .on_nonsense = [this, &child] { kill(child); }});
    around_.log.event(logs::Event::ProcessStarted, {{"role", name(child.role)}, {"index", child.index}, {"pid", pid}});
    hand_over(child);
    tell_admind(child);
}

/// All that the process will ever be able to reach.
void Supervisor::hand_over(Child& child) {
    send_config(child);
    send_logs(child);
    for (auto& directory : directories_for(child.role, plan_))
        if (directory.descriptor)
            child.line->send({.kind = Order::Kind::Directory, .purpose = directory.purpose},
                             one(std::move(directory.descriptor)));
    if (serves_clients(child.role)) send_listeners(child);
    send_secrets(child);
    if (child.role == Role::Admind) child.line->send({.kind = Order::Kind::Listener}, one(duplicate(control_)));
    if (!roster_.introduce(child)) return give_up(child, errno);
    const Identity identity = plan_.identity(child.role);
    child.line->send({.kind = Order::Kind::Start,
                      .role = child.role,
                      .siblings = plan_.count(child.role),
                      .privileged = around_.privileged,
                      .index = child.index,
                      .roles = plan_.roles(),
                      .uid = identity.uid,
                      .gid = identity.gid});
    if (child.role != Role::Admind) return;
    for (const auto& other : roster_.all()) tell_admind(*other);
}

/// It lacks what it needs, and is started again after a while.
void Supervisor::give_up(Child& child, int error) {
    around_.log.event(logs::Event::Alert,
                      {{"reason", fmt::format("cannot connect {}/{} with its neighbours: {}", name(child.role),
                                              child.index, std::strerror(error))}});
    kill(child);
}

// Hostile: only admind may ask for something, and acmed that its new certificate be read, and nothing else with it; and
// policyd may tell of records in the DNS; any other process that does is not ours any more.
void Supervisor::on_note(Child& child, const process::Note& note) {
    if (note.kind == process::Note::Kind::Ready) return on_ready(child, note.missing_fences);
    if (child.role == Role::Acmed && note.kind == process::Note::Kind::Reload) return renew_certificates();
    if (child.role == Role::Policyd && note.kind >= process::Note::Kind::RecordSeen) return note_record(note);
    if (child.role != Role::Admind || note.kind >= process::Note::Kind::RecordSeen) return kill(child);
    if (note.kind == process::Note::Kind::Reload) return reload(note.ticket);
    answer(note.ticket, true, "stopping");
    if (!is_stopping()) stop("by request");
}

void Supervisor::on_ready(Child& child, std::uint32_t missing_fences) {
    child.is_ready = true;
    child.missing_fences = missing_fences;
    around_.log.event(logs::Event::ProcessReady, {{"role", name(child.role)}, {"index", child.index}});
    if (missing_fences != 0 && child.index == 0) {
        const auto fences = fmt::format("{}", fmt::join(sandbox::names(missing_fences), ", "));
        around_.log.event(logs::Event::FencesMissing, {{"role", name(child.role)}, {"fences", fences}});
    }
    tell_admind(child);
    if (is_stopping()) return;
    start_what_waits();
    if (when_ready_ && roster_.all_ready()) std::exchange(when_ready_, nullptr)();
}

void Supervisor::reap() {
    for (auto& child : roster_.all()) {
        int status = 0;
        if (child->pid > 0 && ::waitpid(child->pid, &status, WNOHANG) == child->pid) on_death(*child, status);
    }
}

void Supervisor::on_death(Child& child, int status) {
    const bool is_expected = is_stopping() && (status == 0 || child.is_killed);
    if (!is_expected)
        around_.log.event(logs::Event::ProcessDied, {{"role", name(child.role)},
                                                     {"index", child.index},
                                                     {"pid", child.pid},
                                                     {"reason", describe_death(status)}});
    child.pid = 0;
    child.is_ready = false;
    child.line.reset();
    child.timer.cancel();
    tell_admind(child);
    if (is_stopping()) return proceed_with_stop();
    start_again(child);
}

void Supervisor::start_again(Child& child) {
    const auto now = Child::Clock::now();
    const auto delay = child.note_death(now);
    ++child.restarts;
    if (when_ready_ && child.quick_deaths >= deaths_before_giving_up) {
        exit_status_ = 1;
        return stop(fmt::format("{} does not start", name(child.role)));
    }
    if (child.is_alarming(now))
        around_.log.event(logs::Event::Alert,
                          {{"reason", fmt::format("{}/{} died {} times within a minute", name(child.role), child.index,
                                                  child.deaths.size())}});
    child.timer.expires_after(delay);
    child.timer.async_wait([this, &child](boost::system::error_code error) {
        if (!error && !is_stopping()) start_child(child);
    });
}

void Supervisor::kill(Child& child) {
    if (child.pid > 0) ::kill(child.pid, SIGKILL);
}

void Supervisor::send_config(Child& child) {
    child.line->send({.kind = Order::Kind::Config}, one(process::memory_file(plan_.config)));
}

void Supervisor::send_logs(Child& child) {
    Order order{.kind = Order::Kind::Log};
    std::vector<file::Descriptor> descriptors;
    for (const auto& [file, bit] : {std::pair{&logs_.log, Order::has_log}, {&logs_.events, Order::has_events}}) {
        auto copy = duplicate(*file);
        if (!copy) continue;
        order.outputs = static_cast<std::uint8_t>(order.outputs | bit);
        descriptors.push_back(std::move(copy));
    }
    child.line->send(order, std::move(descriptors));
}

void Supervisor::send_listeners(Child& child) {
    for (auto& listener : listeners_.for_process(child.role, child.index))
        child.line->send({.kind = Order::Kind::Listener, .index = listener.index}, one(std::move(listener.socket)));
}

std::vector<std::string> Supervisor::secret_files_of(Role role) {
    if (role == Role::Keyd) return plan_.key_files;
    if (role == Role::Relay) return plan_.password_files;
    if (role == Role::Tokend) return plan_.token_secret_files;
    if (role != Role::Directory || plan_.srs_secret_file.empty()) return {};
    if (plan_.makes_srs_secret)
        if (const auto made = make_srs_secret(plan_); !made)
            around_.log.event(logs::Event::Alert, {{"reason", made.error()}});
    return {plan_.srs_secret_file};
}

/// Opened here, as nobody else may; what is in them is not read.
void Supervisor::send_secrets(Child& child) {
    const auto open_file = [](const std::string& path) {
        return file::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    };
    const auto send = [&](const std::vector<std::string>& paths, std::uint32_t first) {
        for (std::uint32_t index = 0; index < paths.size(); ++index) {
            auto file = open_file(paths[index]);
            if (!file) {
                const auto reason = fmt::format("cannot open {}: {}", paths[index], std::strerror(errno));
                around_.log.event(logs::Event::Alert, {{"reason", reason}});
                continue;
            }
            child.line->send({.kind = Order::Kind::Secret, .index = first + index}, one(std::move(file)));
        }
    };
    send(secret_files_of(child.role), 0);
    if (child.role == Role::Keyd) send(plan_.signing_key_files, process::Secret::signing);
    if (child.role != Role::Relay || plan_.issuers_file.empty()) return;
    if (auto file = open_file(plan_.issuers_file))  // without it nobody is verified, and relay says so
        child.line->send({.kind = Order::Kind::Secret, .index = process::Secret::issuers}, one(std::move(file)));
}

void Supervisor::answer(std::uint64_t ticket, bool done, std::string_view text) {
    Child* admind = roster_.find(Role::Admind, 0);
    if (!admind->line) return;
    admind->line->send({.kind = Order::Kind::Answer, .done = done, .ticket = ticket}, one(process::memory_file(text)));
}

void Supervisor::tell_admind(const Child& about) {
    Child* admind = roster_.find(Role::Admind, 0);
    if (admind->line) admind->line->send({.kind = Order::Kind::Process, .line = about.line_for_admind()});
}

}  // namespace master
