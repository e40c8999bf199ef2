#pragma once
// Listening sockets that a service manager opened before it started us, and passed on: LISTEN_PID and LISTEN_FDS, as
// sd_listen_fds(3) describes. With them the server needs no right to bind ports below 1024, and connections wait while
// it is started anew.

#include <expected>
#include <string>
#include <vector>

#include "file/descriptor.h"
#include "ip/address.h"

namespace master {

struct PassedSocket {
    ip::Endpoint address;
    file::Descriptor socket;
    bool is_listening = true;
};

/// All of them, once; the variables are gone then, so that nobody we start believes they are his. Or which of them is
/// no listening socket.
std::expected<std::vector<PassedSocket>, std::string> take_passed_sockets();

}  // namespace master
