#include "master/activation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "lang/defer.h"

namespace master {
namespace {

constexpr int first = 3;
constexpr int most = 1000;

std::optional<int> number_in(const char* variable) {
    const char* value = std::getenv(variable);
    if (!value) return std::nullopt;
    const std::string_view text(value);
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

bool is_listening(int socket) {
    int type = 0, listens = 0;
    socklen_t length = sizeof type;
    return ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM &&
           ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0;
}

std::optional<ip::Endpoint> address_of(int socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return std::nullopt;
    if (address.ss_family == AF_INET) {
        const auto& four = reinterpret_cast<const sockaddr_in&>(address);
        return ip::Endpoint{ip::v4(ntohl(four.sin_addr.s_addr)), ntohs(four.sin_port)};
    }
    if (address.ss_family != AF_INET6) return std::nullopt;
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &six.sin6_addr, octets.size());
    return ip::Endpoint{ip::v6(octets), ntohs(six.sin6_port)};
}

}  // namespace

std::expected<std::vector<PassedSocket>, std::string> take_passed_sockets() {
    const Defer forgotten([] {
        for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    });
    std::vector<PassedSocket> passed;
    if (number_in("LISTEN_PID") != ::getpid()) return passed;  // meant for whoever started us
    const auto count = number_in("LISTEN_FDS");
    if (!count || *count < 0 || *count > most) return std::unexpected("LISTEN_FDS is no number of sockets");
    for (int number = first; number < first + *count; ++number) {
        file::Descriptor socket(number);
        const auto address = is_listening(number) ? address_of(number) : std::nullopt;
        if (!address)
            return std::unexpected(
                fmt::format("descriptor {} was passed on as a socket, but is none that listens on TCP", number));
        ::fcntl(number, F_SETFD, FD_CLOEXEC);
        ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_NONBLOCK);
        passed.push_back({*address, std::move(socket)});
    }
    return passed;
}

}  // namespace master
