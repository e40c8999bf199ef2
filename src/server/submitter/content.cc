#include "submitter/content.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

namespace submitter {
namespace {

constexpr std::size_t copied_at_once = 256 * 1024;  // others have their turn in between

}  // namespace

Content::Content(Queue& queue, Trace trace) : queue_(queue), memory_(std::move(trace.field)), id_at_(trace.id_at) {}

net::Task<void> Content::spill() {
    if (memory_.size() <= spool::inline_body) co_return;
    if (!blob_.file && has_room_) {
        blob_ = co_await queue_.open_blob();
        has_room_ = bool(blob_.file);
    }
    write_out();
}

/// False: ENOSPC, EFBIG, EIO alike: not here, not now.
bool Content::write(std::string_view octets) {
    while (!octets.empty()) {
        const auto put = ::pwrite(blob_.file.get(), octets.data(), octets.size(), static_cast<off_t>(written_));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(put));
        written_ += static_cast<std::uint64_t>(put);
    }
    return true;
}

void Content::write_out() {
    has_room_ = has_room_ && write(memory_);
    memory_.clear();
    if (!has_room_) give_back();  // others need the room, and the client may go on for long
}

Content::View Content::view() {
    if (!blob_.file) return {memory_};
    write_out();
    return {{}, blob_.reading.get()};
}

net::Task<void> Content::put_in_front(std::string_view fields) {
    if (fields.empty()) co_return;
    if (id_at_ != 0) id_at_ += static_cast<std::uint32_t>(fields.size());
    if (blob_.file) co_return co_await move_behind(fields);
    memory_.insert(0, fields);
    co_await spill();
}

net::Task<void> Content::move_behind(std::string_view fields) {
    write_out();
    if (!has_room_) co_return;
    const std::string in_front(fields);
    auto fresh = co_await queue_.open_blob();
    const auto old = std::exchange(blob_, std::move(fresh));
    const auto size = std::exchange(written_, 0);
    has_room_ = blob_.file && write(in_front);
    std::string piece(copied_at_once, '\0');
    for (std::uint64_t from = 0; has_room_ && from < size;) {
        const auto got = ::pread(old.reading.get(), piece.data(), piece.size(), static_cast<off_t>(from));
        if (got < 0 && errno == EINTR) continue;
        has_room_ = got > 0 && write(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        from += static_cast<std::uint64_t>(std::max<ssize_t>(got, 0));
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    }
    queue_.drop_blob(old.ticket);
    if (!has_room_) give_back();
}

void Content::give_back() {
    const auto blob = std::exchange(blob_, {});
    if (blob.ticket != 0) queue_.drop_blob(blob.ticket);
}

bool Content::hand_over(qmgr::Submit& submission) {
    if (blob_.file) write_out();
    if (!has_room_) return false;
    submission.id_at = id_at_;
    submission.size = size();
    submission.octets = std::exchange(memory_, {});
    submission.blob = std::exchange(blob_, {}).ticket;
    return true;
}

}  // namespace submitter
