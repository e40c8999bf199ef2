#include "logs/output.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

namespace logs {

Output::Output(file::Descriptor descriptor) { replace(std::move(descriptor)); }

void Output::replace(file::Descriptor descriptor) {
    flush();
    descriptor_ = std::move(descriptor);
    kind_ = Kind::File;
    struct stat status;
    if (!descriptor_ || ::fstat(descriptor_.get(), &status) < 0) return;
    if (S_ISSOCK(status.st_mode))
        kind_ = Kind::Socket;
    else if (!S_ISREG(status.st_mode))
        kind_ = Kind::Pipe;
}

std::string& Output::line() {
    line_start_ = buffer_.size();
    return buffer_;
}

void Output::end_line() {
    if (buffer_.size() > most_kept) {
        buffer_.resize(line_start_);
        ++dropped_;
        ++dropped_in_all_;
    }
    if (buffer_.size() >= flush_at) flush();
}

void Output::flush() {
    std::size_t written = 0;
    while (written < buffer_.size()) {
        const std::size_t taken = write_some(buffer_.data() + written, buffer_.size() - written);
        if (taken == 0) break;
        written += taken;
    }
    buffer_.erase(0, written);
}

// How much the other side took. Nothing: it cannot now, and is asked again at the next flush.
std::size_t Output::write_some(const char* octets, std::size_t length) {
    ssize_t taken = -1;
    if (!descriptor_) return 0;
    if (kind_ == Kind::File) {
        taken = ::write(descriptor_.get(), octets, length);
    } else if (kind_ == Kind::Socket) {
        taken = ::send(descriptor_.get(), octets, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        // We share standard error with others and must not make it non-blocking for them; but a pipe that says it can
        // be written takes PIPE_BUF octets without waiting.
        pollfd ready{.fd = descriptor_.get(), .events = POLLOUT, .revents = 0};
        if (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) && !(ready.revents & POLLERR))
            taken = ::write(descriptor_.get(), octets, std::min<std::size_t>(length, PIPE_BUF));
    }
    return taken > 0 ? static_cast<std::size_t>(taken) : 0;
}

std::uint64_t Output::take_dropped() { return std::exchange(dropped_, 0); }

}  // namespace logs
