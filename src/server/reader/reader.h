#pragma once
// What the process is made of: directory, the pop3d, the desk between them; and how it ends.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "clocks/clock.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "process/process.h"
#include "reader/config.h"
#include "reader/desk.h"
#include "reader/worker.h"

namespace reader {

class Reader {
public:
    Reader(boost::asio::io_context& context, const clocks::Clock& clock, logs::Log& log, const Config& config,
           WorkerStart start);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void connect(process::Peer peer);
    void configure(const Config& config) { desk_.replace(config.pop3.sessions); }
    /// Waits that long at most for the sessions to end, and stops the loop.
    void stop(std::chrono::milliseconds time);

private:
    using DirectoryLink = ipc::Link<FromDirectory, void>;
    using Pop3dLink = ipc::Link<FromPop3d, pop3d::FromReader>;

    void connect_pop3d(std::uint8_t index, file::Descriptor socket);
    void sweep_later();
    void wait_for_the_last();

    boost::asio::io_context& context_;
    logs::Log& log_;
    WorkerStart start_;
    std::unique_ptr<DirectoryLink> directory_;
    std::map<std::uint8_t, std::unique_ptr<Pop3dLink>> pop3d_;
    Desk desk_;
    boost::asio::steady_timer sweeping_;
    bool is_sweeping_ = false;
    std::chrono::steady_clock::time_point last_moment_;
    boost::asio::steady_timer farewell_;
};

}  // namespace reader
