#pragma once
// Starts the processes, starts them anew when they die, gives them a new configuration, ends them in order.

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "logs/log.h"
#include "master/file_watch.h"
#include "master/key_looks.h"
#include "master/listeners.h"
#include "master/log_files.h"
#include "master/planning.h"
#include "master/roster.h"
#include "master/stop_times.h"

namespace master {

class Supervisor {
public:
    struct Surroundings {
        boost::asio::io_context& context;
        const clocks::Clock& clock;
        logs::Log& log;
        bool privileged;
    };
    /// Of what is outside; called in children.
    struct Readers {
        PlanMaker plan;
        CertificateReader certificates;
        KeyTurner keys;
    };
    Supervisor(Surroundings around, Plan plan, Readers readers, LogDescriptors logs, std::vector<PassedSocket> passed);

    /// What others must be able to connect to.
    std::expected<void, std::string> bind();
    /// `on_ready` is called once, when every process accepts work.
    void start(std::function<void()> on_ready);

    void reload(std::optional<std::uint64_t> ticket = std::nullopt);
    /// Reads the certificates alone.
    void renew_certificates();
    /// In order, and within the plan's time; stops the loop when nobody is left. Called again after a while: at once.
    void stop(std::string_view reason);
    /// After SIGCHLD.
    void reap();

    int exit_status() const { return exit_status_; }

private:
    void start_child(Child& child);
    void hand_over(Child& child);
    void give_up(Child& child, int error);
    void start_what_waits();
    void on_note(Child& child, const process::Note& note);
    void on_ready(Child& child, std::uint32_t missing_fences);
    void on_death(Child& child, int status);
    void start_again(Child& child);
    void kill(Child& child);

    void take(Planning::Outcome outcome);
    std::expected<void, std::string> apply(Plan plan);
    void take_certificates(Planning::Outcome outcome);
    void note_record(const process::Note& note);
    void turn_keys();
    void take_keys(Planning::Outcome outcome);
    void plan_next();
    void watch_certificates();
    void send_configuration();
    void record_problems(std::string_view text);
    void send_config(Child& child);
    void send_logs(Child& child);
    void send_listeners(Child& child);
    std::vector<std::string> secret_files_of(process::Role role);
    void send_secrets(Child& child);
    void answer(std::uint64_t ticket, bool done, std::string_view text);
    void tell_admind(const Child& about);

    bool is_stopping() const { return stop_began_.has_value(); }
    void begin_round(std::size_t round);
    void proceed_with_stop();
    void order(std::initializer_list<process::Role> roles, const process::Order& what);
    void kill_late(Child& child);
    void end_at_once();

    Surroundings around_;
    Plan plan_;
    Readers readers_;
    LogDescriptors logs_;
    Listeners listeners_;
    file::Descriptor control_;
    Roster roster_;
    std::function<void()> when_ready_;
    std::unique_ptr<Planning> planning_;
    std::vector<std::uint64_t> reload_tickets_;  // of admind, for the reload under way
    bool reload_again_ = false;
    bool renew_again_ = false;
    bool turn_again_ = false;
    KeyLooks key_looks_;
    boost::asio::steady_timer key_timer_;  // until the keys are turned by the last of them
    FileWatch certificates_;
    std::string certificate_trouble_;  // that was told of last
    std::string key_trouble_;          // likewise

    std::optional<Child::Clock::time_point> stop_began_;
    std::array<StopTime, stop_rounds> stop_times_{};
    std::size_t round_ = 0;
    boost::asio::steady_timer stop_timer_;
    int exit_status_ = 0;
};

}  // namespace master
