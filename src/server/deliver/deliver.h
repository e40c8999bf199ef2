#pragma once
// What the process is made of: two neighbours, the attempts, the crew; and how it ends.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "clocks/clock.h"
#include "deliver/attempts.h"
#include "deliver/config.h"
#include "deliver/crew.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "process/process.h"

namespace deliver {

class Deliver {
public:
    Deliver(boost::asio::io_context& context, const clocks::Clock& clock, logs::Log& log, const Config& config,
            WorkerStart start);
    Deliver(const Deliver&) = delete;
    Deliver& operator=(const Deliver&) = delete;

    void connect(process::Peer peer);
    void configure(const Config& config);
    /// Gives back what no worker has yet, waits that long at most for what is at work, and stops the loop.
    void stop(std::chrono::milliseconds time);

private:
    void connect_qmgr(file::Descriptor socket);
    void connect_runner(file::Descriptor socket);
    void connect_directory(file::Descriptor socket);
    void lose_qmgr();
    void lose_runner();
    void note(std::uint64_t message, const std::string& address, const Report& report);
    void wait_for_the_last();

    using QmgrLink = ipc::Link<FromQmgr, qmgr::FromDeliver>;
    using RunnerLink = ipc::Link<FromRunner, runner::FromDeliver>;
    using DirectoryLink = ipc::Link<FromDirectory, directory::FromDeliver>;

    boost::asio::io_context& context_;
    logs::Log& log_;
    WorkerStart start_;
    std::optional<QmgrLink> qmgr_;
    std::optional<DirectoryLink> directory_;
    std::optional<RunnerLink> runner_;
    Attempts attempts_;
    Crew crew_;
    std::chrono::steady_clock::time_point last_moment_;
    boost::asio::steady_timer farewell_;
};

}  // namespace deliver
