#include "submitter/content.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace submitter {

Content::Content(Queue& queue, Trace trace) : queue_(queue), memory_(std::move(trace.field)), id_at_(trace.id_at) {}

net::Task<void> Content::spill() {
    if (memory_.size() <= spool::inline_body) co_return;
    if (!file_ && has_room_) co_await open_file();
    write_out();
}

net::Task<void> Content::open_file() {
    auto opened = co_await queue_.open_blob();
    has_room_ = bool(opened.file);
    if (!has_room_) co_return;
    blob_ = opened.ticket;
    file_ = std::move(opened.file);
}

void Content::write_out() {
    std::string_view rest = memory_;
    while (has_room_ && !rest.empty()) {
        const auto put = ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(written_));
        if (put < 0 && errno == EINTR) continue;
        has_room_ = put > 0;  // ENOSPC, EFBIG, EIO alike: not here, not now
        if (!has_room_) break;
        rest.remove_prefix(static_cast<std::size_t>(put));
        written_ += static_cast<std::uint64_t>(put);
    }
    memory_.clear();
    if (!has_room_) give_back();  // others need the room, and the client may go on for long
}

void Content::give_back() {
    file_.close();
    if (blob_ != 0) queue_.drop_blob(std::exchange(blob_, 0));
}

bool Content::hand_over(qmgr::Submit& submission) {
    if (file_) write_out();
    if (!has_room_) return false;
    submission.id_at = id_at_;
    submission.size = written_ + memory_.size();
    submission.octets = std::exchange(memory_, {});
    submission.blob = std::exchange(blob_, 0);
    file_.close();
    return true;
}

}  // namespace submitter
