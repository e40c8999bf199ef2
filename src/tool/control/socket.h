#pragma once
// Where the running server is reached: the control socket that --control-socket or the configuration names. And the
// words and exit statuses for when nobody answers there.

#include <expected>
#include <string>

#include "check/arguments.h"
#include "ipc/blocking_client.h"

namespace control {

/// Why there is no answer, for people; and the exit status that says so.
struct Trouble {
    static constexpr int not_allowed = 1;
    static constexpr int misconfigured = 2;
    static constexpr int nobody_there = 75;  // or no answer; it may be tried again

    int status = nobody_there;
    std::string text;
};

struct ControlSocket {
    check::ConfigurationPath configuration;
    std::string path;  // empty: as the configuration says

    void add_to(CLI::App& app);
    /// The configuration is not read where the path is given: a file that is being edited keeps nobody from the server.
    std::expected<std::string, Trouble> find() const;
};

Trouble trouble_of(const ipc::ClientError& error, const std::string& socket);

}  // namespace control
