#include "policyd/content.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace policyd {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

/// As much as there is, at most `room`; 0: nothing, for whatever reason.
std::size_t read_file_at(int file, char* room, std::size_t most, std::uint64_t at) {
    for (;;) {
        const auto got = ::pread(file, room, most, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
}

}  // namespace

net::Task<bool> Content::read(std::function<void(std::string_view piece)> take) const {
    if (blob_) co_return co_await read_file(take);
    if (octets_.size() != size_) co_return false;
    take(octets_);
    co_return true;
}

bool Content::read_at(std::uint64_t at, std::string& piece) const {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, size_ - at));
    if (!blob_) {
        if (octets_.size() == size_) piece.assign(octets_, static_cast<std::size_t>(at), wanted);
        return octets_.size() == size_;
    }
    piece.resize(wanted);
    const auto got = read_file_at(blob_.get(), piece.data(), wanted, at);
    piece.resize(got);
    return got > 0;
}

net::Task<bool> Content::read_file(const std::function<void(std::string_view piece)>& take) const {
    const auto executor = co_await boost::asio::this_coro::executor;
    std::string piece(piece_size, '\0');
    for (std::uint64_t at = 0; at < size_;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size_ - at));
        const auto got = read_file_at(blob_.get(), piece.data(), wanted, at);
        if (got == 0) co_return false;
        take(std::string_view(piece).substr(0, got));
        at += got;
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
    co_return true;
}

}  // namespace policyd
