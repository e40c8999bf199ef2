#include "reader/children.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <memory>

namespace reader {

namespace asio = boost::asio;

void watch_child(asio::io_context& context, std::int64_t pid, std::function<void()> on_end) {
    const auto reap = [pid, on_end = std::move(on_end)] {
        while (::waitpid(static_cast<pid_t>(pid), nullptr, 0) < 0 && errno == EINTR) {
        }
        on_end();
    };
    const auto number = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    // No descriptor left: rather one worker too many than none that is ever counted as ended.
    if (number < 0) return asio::post(context, reap);
    auto descriptor = std::make_shared<asio::posix::stream_descriptor>(context, number);
    descriptor->async_wait(asio::posix::stream_descriptor::wait_read,
                           [descriptor, reap](const boost::system::error_code& error) {
                               if (!error) reap();
                           });
}

}  // namespace reader
