#pragma once
// Telling whoever started us that everything accepts, or that we are about to end.

#include <string_view>

namespace master {

/// To a service manager that set NOTIFY_SOCKET: "READY=1", "STOPPING=1" (sd_notify(3)).
void tell_service_manager(std::string_view state);

/// A newline to the descriptor given with --ready-fd, which is closed then.
void tell_ready(int descriptor);

}  // namespace master
