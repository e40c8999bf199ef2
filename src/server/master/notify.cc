#include "master/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

#include "file/descriptor.h"

namespace master {

void tell_service_manager(std::string_view state) {
    const char* where = std::getenv("NOTIFY_SOCKET");
    if (!where) return;
    const std::string_view path(where);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return;
    path.copy(address.sun_path, path.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const file::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
             length);
}

void tell_ready(int descriptor) {
    if (descriptor < 0) return;
    file::Descriptor ready(descriptor);
    static_cast<void>(!::write(ready.get(), "\n", 1));
}

}  // namespace master
